use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use ipnet::IpNet;

use super::addresses::is_public;

/// The networks that an operator has opened to calls, beside what is public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Arc<[Opened]>);

/// A network or an address and port that calls may go to although it is not public.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    /// Every port of every address.
    Network(IpNet),
    /// This address and port alone.
    Exactly(SocketAddr),
}

/// How far an address may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is public: over TLS.
    Public,
    /// The operator has opened it: as one likes.
    Opened,
    /// Not at all.
    None,
}

impl Networks {
    /// These networks: `10.1.0.0/16`, `[fd00::1]:8443`, `127.0.0.1:9000`, `192.168.1.7`.
    ///
    /// # Errors
    /// Where one is none of these.
    pub fn open<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, String> {
        texts
            .into_iter()
            .map(str::parse)
            .collect::<Result<Vec<Opened>, _>>()
            .map(|all| Self(all.into()))
    }

    /// Whether none was opened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How far this address may be called.
    pub fn reach(&self, at: SocketAddr) -> Reach {
        let at = SocketAddr::new(at.ip().to_canonical(), at.port());
        match at {
            _ if self.0.iter().any(|opened| opened.has(at)) => Reach::Opened,
            _ if is_public(at.ip()) => Reach::Public,
            _ => Reach::None,
        }
    }
}

impl Opened {
    fn has(&self, at: SocketAddr) -> bool {
        match self {
            Self::Network(network) => network.contains(&at.ip()),
            Self::Exactly(address) => *address == at,
        }
    }
}

impl FromStr for Opened {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self::Exactly(SocketAddr::new(address.ip().to_canonical(), address.port())));
        }
        let one = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        let network = one.or_else(|_| text.parse::<IpNet>());
        network.map(|network| Self::Network(network.trunc())).map_err(|_| {
            format!("{text:?} is neither ADDRESS:PORT nor a network such as 10.0.0.0/8")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_was_opened_opens_no_other() {
        let networks =
            Networks::open(["127.0.0.1:9000", "10.1.2.3/16", "[::1]:9000", "192.168.1.7"]).unwrap();
        let reach = |at: &str| networks.reach(at.parse().unwrap());
        for at in [
            "127.0.0.1:9000",
            "[::ffff:127.0.0.1]:9000",
            "10.1.255.1:1",
            "[::1]:9000",
            "192.168.1.7:80",
        ] {
            assert_eq!(reach(at), Reach::Opened, "{at}");
        }
        for at in [
            "127.0.0.1:9001",
            "127.0.0.2:9000",
            "10.2.0.1:443",
            "[::1]:9001",
            "169.254.169.254:9000",
            "192.168.1.8:80",
        ] {
            assert_eq!(reach(at), Reach::None, "{at}");
        }
        assert_eq!(reach("8.8.8.8:443"), Reach::Public);
        assert_eq!(Networks::default().reach("127.0.0.1:9000".parse().unwrap()), Reach::None);
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        for wrong in ["localhost", "127.0.0.1:", "10.0.0.0/33", "example.com:443", ""] {
            assert!(Networks::open([wrong]).unwrap_err().contains(wrong));
        }
    }
}
