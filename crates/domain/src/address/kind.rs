//! What an address is, where it is not simply a public one.
//!
//! The tables are IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and successors),
//! without the few entries in them that are globally reachable services. IPv6 is judged the other
//! way round as well: only 2000::/3 is given out for public use, so all else is refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// A kind of address that is no public unicast one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// 0.0.0.0/8 and `::`, which connect to the node itself on many systems.
    Unspecified,
    /// Private networks (RFC 1918).
    Private,
    /// A carrier's shared address space (RFC 6598).
    Shared,
    /// The node itself.
    Loopback,
    /// One link only; cloud metadata services live here.
    LinkLocal,
    /// The private networks of IPv6 (RFC 4193, and RFC 3879's predecessor of them).
    UniqueLocal,
    /// Many receivers.
    Multicast,
    /// All receivers.
    Broadcast,
    /// Examples in documents.
    Documentation,
    /// Measurements of network gear (RFC 2544).
    Benchmarking,
    /// Set aside for something else, or not given out.
    Reserved,
}

impl AddressKind {
    /// The kind of `address`; none for a public one. An IPv6 address that carries an IPv4 one to
    /// where it is unpacked again (mapped, 6to4, NAT64) is of the inner one's kind.
    #[must_use]
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

impl fmt::Display for AddressKind {
    /// With its article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "an unspecified address",
            Self::Private => "a private address",
            Self::Shared => "a carrier's shared address",
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "a link-local address",
            Self::UniqueLocal => "a unique-local address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Documentation => "a documentation address",
            Self::Benchmarking => "a benchmarking address",
            Self::Reserved => "a reserved address",
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

/// The network of the first three segments, which suffice to write each of ours.
const fn v6(a: u16, b: u16, c: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// The first that holds an address decides.
const V4: [(Ipv4Net, AddressKind); 16] = [
    (v4(0, 0, 0, 0, 8), AddressKind::Unspecified),
    (v4(10, 0, 0, 0, 8), AddressKind::Private),
    (v4(100, 64, 0, 0, 10), AddressKind::Shared),
    (v4(127, 0, 0, 0, 8), AddressKind::Loopback),
    (v4(169, 254, 0, 0, 16), AddressKind::LinkLocal),
    (v4(172, 16, 0, 0, 12), AddressKind::Private),
    (v4(192, 0, 0, 0, 24), AddressKind::Reserved),
    (v4(192, 0, 2, 0, 24), AddressKind::Documentation),
    // Once the way to the nearest 6to4 relay.
    (v4(192, 88, 99, 0, 24), AddressKind::Reserved),
    (v4(192, 168, 0, 0, 16), AddressKind::Private),
    (v4(198, 18, 0, 0, 15), AddressKind::Benchmarking),
    (v4(198, 51, 100, 0, 24), AddressKind::Documentation),
    (v4(203, 0, 113, 0, 24), AddressKind::Documentation),
    (v4(224, 0, 0, 0, 4), AddressKind::Multicast),
    (v4(255, 255, 255, 255, 32), AddressKind::Broadcast),
    (v4(240, 0, 0, 0, 4), AddressKind::Reserved),
];

/// The first that holds an address decides. `::` and `::1` are asked for before.
const V6: [(Ipv6Net, AddressKind); 7] = [
    (v6(0xfe80, 0, 0, 10), AddressKind::LinkLocal),
    // Site-local, given up in favour of the unique-local ones.
    (v6(0xfec0, 0, 0, 10), AddressKind::UniqueLocal),
    (v6(0xfc00, 0, 0, 7), AddressKind::UniqueLocal),
    (v6(0xff00, 0, 0, 8), AddressKind::Multicast),
    (v6(0x2001, 0xdb8, 0, 32), AddressKind::Documentation),
    (v6(0x3fff, 0, 0, 20), AddressKind::Documentation),
    // Protocol assignments, Teredo among them.
    (v6(0x2001, 0, 0, 23), AddressKind::Reserved),
];

const MAPPED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);
const PUBLIC: Ipv6Net = v6(0x2000, 0, 0, 3);

fn of_v4(address: Ipv4Addr) -> Option<AddressKind> {
    V4.iter().find(|(net, _)| net.contains(&address)).map(|(_, kind)| *kind)
}

fn of_v6(address: Ipv6Addr) -> Option<AddressKind> {
    if let Some(inner) = carried(address) {
        return of_v4(inner);
    }
    if address.is_unspecified() {
        return Some(AddressKind::Unspecified);
    }
    if address.is_loopback() {
        return Some(AddressKind::Loopback);
    }
    let listed = V6.iter().find(|(net, _)| net.contains(&address)).map(|(_, kind)| *kind);
    listed.or_else(|| (!PUBLIC.contains(&address)).then_some(AddressKind::Reserved))
}

/// The IPv4 address that `address` carries.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [_, _, a, b, c, d, .., w, x, y, z] = address.octets();
    if SIX_TO_FOUR.contains(&address) {
        return Some(Ipv4Addr::new(a, b, c, d));
    }
    let last = MAPPED.contains(&address) || NAT64.contains(&address);
    last.then(|| Ipv4Addr::new(w, x, y, z))
}
