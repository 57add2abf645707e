//! Where a request comes from.

use std::{net::IpAddr, sync::Arc};

use actix_web::{HttpRequest, web::Data};
use rapport_entity::Network;

/// The proxies that are believed when they say for whom they ask (`X-Forwarded-For`). Anybody else could say anything.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[Network]>);

impl From<Vec<Network>> for Proxies {
    fn from(networks: Vec<Network>) -> Self {
        Self(networks.into())
    }
}

impl Proxies {
    fn have(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The last address on the way here that is none of theirs: each of them has added whom it was asked by. What cannot
    /// be read is not believed, and neither is what is before it.
    fn origin<'h>(&self, peer: IpAddr, forwarded: impl Iterator<Item = &'h str>) -> IpAddr {
        let mut hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
        let mut origin = peer;
        while self.have(origin)
            && let Some(before) = hops.pop().and_then(|hop| hop.trim().parse().ok())
        {
            origin = before;
        }
        origin
    }
}

/// The address that a request comes from; behind a proxy of ours, the one it was asked by.
pub fn address(req: &HttpRequest) -> Option<IpAddr> {
    let peer = req.peer_addr()?.ip();
    match req.app_data::<Data<Proxies>>() {
        Some(proxies) if proxies.have(peer) => {
            let values = req.headers().get_all("x-forwarded-for");
            Some(proxies.origin(peer, values.filter_map(|value| value.to_str().ok())))
        }
        _ => Some(peer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_of_ours_are_believed_and_only_as_far_as_they_go() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        let proxies = Proxies::from(vec![network("10.0.0.0/8"), network("::1/128")]);
        let origin = |peer: &str, forwarded: &[&str]| {
            proxies.origin(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
        };
        assert_eq!(origin("203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
        assert_eq!(origin("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(origin("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(
            origin("10.0.0.1", &["198.51.100.7, 192.0.2.1"]),
            "192.0.2.1",
            "the first is told by a stranger"
        );
        assert_eq!(origin("::1", &["198.51.100.7,192.0.2.1", " 10.9.9.9 "]), "192.0.2.1");
        assert_eq!(origin("10.0.0.1", &["192.0.2.1, nonsense"]), "10.0.0.1");
        assert_eq!(origin("10.0.0.1", &["2001:db8::7"]), "2001:db8::7");
    }
}
