use hyper::Uri;
use url::{Host, Url};

use super::networks::{Networks, Reach};

/// A URL that may be called, as far as can be told before its name is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(pub(super) Uri);

/// Ports above 1023 that speak something else than HTTP, which a request could be smuggled into (the "bad ports" of the
/// Fetch standard, 2.9).
const OTHER_PROTOCOLS: [u16; 17] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6697,
];

impl Target {
    /// Reads a URL as browsers do, so that `127.1`, `0x7f000001` and `2130706433` are known for what they are.
    ///
    /// # Errors
    /// Says why it may not be called.
    pub fn parse(url: &str, networks: &Networks) -> Result<Self, &'static str> {
        let url = Url::parse(url).map_err(|_| "is no URL")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user or a password");
        }
        let port = url.port_or_known_default().ok_or("must begin with https://")?;
        let opened = match url.host().ok_or("names no host")? {
            Host::Ipv4(address) => is_opened(networks, address.into(), port)?,
            Host::Ipv6(address) => is_opened(networks, address.into(), port)?,
            Host::Domain(name) if networks.is_empty() => is_elsewhere(name).map(|()| false)?,
            // What the name stands for is known once it is resolved.
            Host::Domain(_) => true,
        };
        match url.scheme() {
            "https" => {}
            "http" if opened => {}
            _ => return Err("must begin with https://"),
        }
        if !opened && !is_usual(port) {
            return Err("has a port that webhooks are not sent to");
        }
        url.as_str().parse().map(Self).map_err(|_| "is no URL")
    }

    /// Whether the connection is to be encrypted.
    pub(super) fn is_tls(uri: &Uri) -> bool {
        uri.scheme_str() == Some("https")
    }

    /// The host, without the brackets of an IPv6 address, and the port.
    pub(super) fn place(uri: &Uri) -> Option<(&str, u16)> {
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if Self::is_tls(uri) { 443 } else { 80 });
        Some((host, port))
    }
}

fn is_opened(
    networks: &Networks,
    address: std::net::IpAddr,
    port: u16,
) -> Result<bool, &'static str> {
    match networks.reach((address, port).into()) {
        Reach::Public => Ok(false),
        Reach::Opened => Ok(true),
        Reach::None => Err("has an address that is not public"),
    }
}

/// RFC 6761: these names are always this machine.
fn is_elsewhere(name: &str) -> Result<(), &'static str> {
    let name = name.trim_end_matches('.');
    match name == "localhost" || name.ends_with(".localhost") {
        true => Err("has an address that is not public"),
        false => Ok(()),
    }
}

/// Whether HTTP is usual at a port.
pub(super) fn is_usual(port: u16) -> bool {
    port == 443 || (port > 1023 && !OTHER_PROTOCOLS.contains(&port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_private_on_the_face_of_it_is_refused() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://0/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00:ec2::254]/",
            "https://10.1.2.3/",
            "https://192.168.0.1/",
            "https://172.20.0.1/",
            "https://100.100.100.200/",
            "https://localhost/",
            "https://LOCALHOST/",
            "https://localhost./",
            "https://a.localhost/",
            "https://①②⑦.⓪.⓪.①/",
            "https://127.0.0.1:443@8.8.8.8/",
            "https://user@example.com/",
            "https://:pw@example.com/",
            "http://example.com/",
            "ftp://example.com/",
            "gopher://127.0.0.1/",
            "file:///etc/passwd",
            "https://example.com:22/",
            "https://example.com:25/",
            "https://example.com:80/",
            "https://example.com:6667/",
            "https://example.com:0/",
            "https://",
            "example.com",
            "https://%31%32%37.0.0.1/",
            "https://127。0。0。1/",
        ] {
            assert!(Target::parse(url, &Networks::default()).is_err(), "{url}");
        }
    }

    #[test]
    fn a_public_url_is_taken_and_what_is_opened_may_be_plain() {
        let none = Networks::default();
        for url in [
            "https://example.com/",
            "https://example.com:8443/a?b=c",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/",
        ] {
            assert!(Target::parse(url, &none).is_ok(), "{url}");
        }
        let opened = Networks::open(["127.0.0.1:9000"]).unwrap();
        assert!(Target::parse("http://127.0.0.1:9000/hook", &opened).is_ok());
        assert!(Target::parse("http://receiver.test:9000/", &opened).is_ok());
        assert!(Target::parse("http://127.0.0.1:9001/hook", &opened).is_err());
        assert!(Target::parse("http://8.8.8.8/", &opened).is_err());
        assert!(Target::parse("https://10.0.0.1/", &opened).is_err());
    }

    #[test]
    fn the_place_is_what_the_request_goes_to() {
        let place = |url: &str| {
            Target::place(&url.parse().unwrap()).map(|(host, port)| (host.to_owned(), port))
        };
        assert_eq!(place("https://a.example/x"), Some(("a.example".into(), 443)));
        assert_eq!(place("http://[::1]:9000/"), Some(("::1".into(), 9000)));
    }
}
