"""Signs in as the demo's administrator, and again before the access token, which is good for fifteen minutes, ends.

Read by schemathesis where SCHEMATHESIS_HOOKS names it. Environment: URL, PASSWORD; or TOKEN, which is used as it is.
"""

import json
import os
import urllib.request

import schemathesis


@schemathesis.auth(refresh_interval=600)
class Administrator:
    def get(self, case, context):
        if not os.environ.get("PASSWORD"):
            return os.environ["TOKEN"]
        who = {"workspace": "demo", "email": "ada@demo.example", "password": os.environ["PASSWORD"]}
        request = urllib.request.Request(
            os.environ["URL"] + "/api/v1/sessions",
            data=json.dumps(who).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["accessToken"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"
