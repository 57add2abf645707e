"""Receives webhooks of a running Rapport and has the PyPI package `standardwebhooks` verify each of them.

pip install -r requirements.txt && python verify.py http://127.0.0.1:8080 WORKSPACE E-MAIL
(the password in PASSWORD; the server with --webhook-network 127.0.0.1). It makes an endpoint and some customers.
"""

import json
import os
import queue
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

BASE, WORKSPACE, EMAIL = sys.argv[1:4]
received = queue.Queue()
failures = [0]


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        received.put(({name.lower(): value for name, value in self.headers.items()}, body))
        fails = failures[0] > 0
        failures[0] -= fails
        self.send_response(500 if fails else 204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def api(method, path, body=None, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{BASE}/api/v1{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
credentials = {"workspace": WORKSPACE, "email": EMAIL, "password": os.environ["PASSWORD"]}
token = api("POST", "/sessions", credentials)["accessToken"]
url = f"http://127.0.0.1:{server.server_port}/"
new = {"url": url, "eventTypes": ["rapport.customer.*"]}
endpoint = api("POST", "/webhook-endpoints", new, token)
path = f"/webhook-endpoints/{endpoint['id']}"
old = Webhook(endpoint["secret"])

api("POST", f"{path}/ping", {}, token)
headers, body = received.get(timeout=10)
assert old.verify(body, headers)["type"] == "rapport.webhook_endpoint.ping.v1"

failures[0] = 1
api("POST", "/customers", {"kind": "person", "name": "Élodie 日本"}, token)
first, again = received.get(timeout=10), received.get(timeout=30)
for headers, body in (first, again):
    assert old.verify(body, headers)["data"]["after"]["name"] == "Élodie 日本"
assert first[0]["webhook-id"] == again[0]["webhook-id"]
assert first[0]["webhook-timestamp"] != again[0]["webhook-timestamp"]
assert first[0]["webhook-signature"] != again[0]["webhook-signature"]
try:
    old.verify(first[1] + b" ", first[0])
    raise SystemExit("what was changed is verified all the same")
except WebhookVerificationError:
    pass

rotated = api("POST", f"{path}/rotate-secret", {}, token)
api("POST", "/customers", {"kind": "person", "name": "Rotated"}, token)
headers, body = received.get(timeout=10)
assert len(headers["webhook-signature"].split(" ")) == 2
for secret in (endpoint["secret"], rotated["secret"]):
    Webhook(secret).verify(body, headers)

api("DELETE", path, None, token)
print("standardwebhooks (PyPI) verifies what is sent")
