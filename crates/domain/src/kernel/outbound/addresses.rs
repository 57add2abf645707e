//! Which addresses are public: those that the registries of special-purpose addresses (RFC 6890 and what came after) do
//! not set apart. Hand-made, since the standard library's own list is not stable.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use ipnet::{Ipv4Net, Ipv6Net};

/// Networks of IPv4 that are not public, and where that is written.
const SPECIAL_V4: [(&str, &str); 18] = [
    ("0.0.0.0/8", "RFC 791: this network; 0.0.0.0 is this host"),
    ("10.0.0.0/8", "RFC 1918: private"),
    ("100.64.0.0/10", "RFC 6598: carriers' shared addresses; metadata of Alibaba Cloud"),
    ("127.0.0.0/8", "RFC 1122: loopback"),
    ("168.63.129.16/32", "Azure: the platform's own address"),
    ("169.254.0.0/16", "RFC 3927: link-local; metadata of most clouds"),
    ("172.16.0.0/12", "RFC 1918: private"),
    ("192.0.0.0/24", "RFC 6890: protocol assignments; metadata of Oracle Cloud"),
    ("192.0.2.0/24", "RFC 5737: documentation"),
    ("192.31.196.0/24", "RFC 7535: AS112"),
    ("192.52.193.0/24", "RFC 7450: AMT"),
    ("192.88.99.0/24", "RFC 7526: 6to4 relays, withdrawn"),
    ("192.168.0.0/16", "RFC 1918: private"),
    ("192.175.48.0/24", "RFC 7534: AS112"),
    ("198.18.0.0/15", "RFC 2544: benchmarks"),
    ("198.51.100.0/24", "RFC 5737: documentation"),
    ("203.0.113.0/24", "RFC 5737: documentation"),
    ("224.0.0.0/3", "RFC 5771: multicast; RFC 1112: reserved; RFC 919: broadcast"),
];

/// Of IPv6 only this is given out as public addresses (RFC 4291, 2.4).
const GLOBAL_V6: &str = "2000::/3";

/// What in it is not public.
const SPECIAL_V6: [(&str, &str); 5] = [
    (
        "2001::/23",
        "RFC 2928: protocol assignments; Teredo (RFC 4380), benchmarks (RFC 5180), ORCHID (RFC 7343)",
    ),
    ("2001:db8::/32", "RFC 3849: documentation"),
    ("2002::/16", "RFC 3056: 6to4, which leads to any IPv4 address"),
    ("2620:4f:8000::/48", "RFC 7534: AS112"),
    ("3fff::/20", "RFC 9637: documentation"),
];

/// Gateways turn what is in here into the IPv4 address in its last 32 bits (RFC 6052, 2.1).
const NAT64: &str = "64:ff9b::/96";

struct Tables {
    special_v4: Vec<Ipv4Net>,
    global_v6: Vec<Ipv6Net>,
    special_v6: Vec<Ipv6Net>,
    nat64: Vec<Ipv6Net>,
}

/// An entry that cannot be read would be left out; a test sees to it that none is.
static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    special_v4: SPECIAL_V4.iter().filter_map(|(network, _)| network.parse().ok()).collect(),
    global_v6: GLOBAL_V6.parse().into_iter().collect(),
    special_v6: SPECIAL_V6.iter().filter_map(|(network, _)| network.parse().ok()).collect(),
    nat64: NAT64.parse().into_iter().collect(),
});

/// Whether an address is one that anybody on the Internet may have.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !TABLES.special_v4.iter().any(|network| network.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let within = |networks: &[Ipv6Net]| networks.iter().any(|network| network.contains(&address));
    if within(&TABLES.nat64) {
        return is_public_v4(last_32_bits(address));
    }
    within(&TABLES.global_v6) && !within(&TABLES.special_v6) && !is_isatap(address)
}

fn last_32_bits(address: Ipv6Addr) -> Ipv4Addr {
    Ipv4Addr::from_bits((address.to_bits() & u128::from(u32::MAX)) as u32)
}

/// RFC 5214, 6.1: a tunnel to the IPv4 address in its last 32 bits, whatever network it is in.
fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [_, _, _, _, 0x0000 | 0x0200, 0x5efe, _, _])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_tables_is_a_network() {
        let all = SPECIAL_V4.len() + SPECIAL_V6.len() + 2;
        let tables = &*TABLES;
        let read = tables.special_v4.len()
            + tables.special_v6.len()
            + tables.global_v6.len()
            + tables.nat64.len();
        assert_eq!(read, all);
    }

    fn check(addresses: &[&str], public: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn what_is_set_apart_is_not_public() {
        check(
            &[
                "0.0.0.0",
                "0.0.0.1",
                "0.255.255.255",
                "10.0.0.0",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.0",
                "100.64.0.1",
                "100.100.100.200",
                "100.127.255.255",
                "127.0.0.0",
                "127.0.0.1",
                "127.1.2.3",
                "127.255.255.255",
                "168.63.129.16",
                "169.254.0.1",
                "169.254.169.253",
                "169.254.169.254",
                "169.254.170.2",
                "172.16.0.1",
                "172.17.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.0.170",
                "192.0.0.192",
                "192.0.2.1",
                "192.31.196.1",
                "192.52.193.1",
                "192.88.99.1",
                "192.168.0.1",
                "192.168.255.255",
                "192.175.48.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "224.0.0.251",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.254",
                "255.255.255.255",
            ],
            false,
        );
    }

    #[test]
    fn what_is_set_apart_in_ipv6_or_leads_there_is_not_public() {
        check(
            &[
                "::",
                "::1",
                "::2",
                "::7f00:1",
                "::127.0.0.1",
                "::169.254.169.254",
                "::8.8.8.8",
                "::ffff:0.0.0.0",
                "::ffff:10.0.0.1",
                "::ffff:100.64.0.1",
                "::ffff:127.0.0.1",
                "::ffff:169.254.169.254",
                "::ffff:172.16.0.1",
                "::ffff:192.168.0.1",
                "::ffff:224.0.0.1",
                "::ffff:255.255.255.255",
                "::ffff:0:127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b::192.168.1.1",
                "64:ff9b:1::1",
                "64:ff9b:1::7f00:1",
                "100::1",
                "100:0:0:1::1",
                "2001::1",
                "2001:0:7f00:1::",
                "2001:2::1",
                "2001:10::1",
                "2001:20::1",
                "2001:db8::1",
                "2002::1",
                "2002:7f00:1::",
                "2002:a9fe:a9fe::1",
                "2002:c0a8:101::1",
                "2620:4f:8000::1",
                "3fff::1",
                "5f00::1",
                "fc00::1",
                "fd00::1",
                "fd00:ec2::254",
                "fd20:ce::254",
                "fe80::1",
                "fe80::a9fe:a9fe",
                "febf::1",
                "fec0::1",
                "ff01::1",
                "ff02::1",
                "ff02::fb",
                "ff0e::1",
                "4000::1",
                "2606:4700::5efe:7f00:1",
                "2606:4700::200:5efe:10.0.0.1",
            ],
            false,
        );
    }

    #[test]
    fn what_is_not_set_apart_is_public() {
        check(
            &[
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "93.184.216.34",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2606:4700:4700::1111",
                "2a00:1450::1",
                "::ffff:8.8.8.8",
                "64:ff9b::8.8.8.8",
            ],
            true,
        );
    }
}
