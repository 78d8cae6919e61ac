//! Where an instance may be: `host:port` as people write it, and which addresses Micro refuses to connect to.
//!
//! Only reading and judging happen here. Whoever connects resolves names itself and passes every answer through
//! [`Policy::admit`], each time it connects, so that a name cannot change its mind after it was registered.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;

/// Longest host name, in bytes (RFC 1035).
pub const HOST_MAX_BYTES: usize = 253;
/// Longest label of a host name, in bytes (RFC 1035).
const LABEL_MAX_BYTES: usize = 63;

/// The host half of an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// A literal IP address; an IPv4 address mapped into IPv6 is held as IPv4.
    Ip(IpAddr),
    /// A name to resolve, lower case, without the root's trailing dot.
    Name(String),
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V6(ip)) => write!(out, "[{ip}]"),
            Self::Ip(IpAddr::V4(ip)) => write!(out, "{ip}"),
            Self::Name(name) => out.write_str(name),
        }
    }
}

/// A host and a port. Its text is canonical: two spellings of one address are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// Where.
    pub host: Host,
    /// The TCP port, never 0.
    pub port: u16,
}

impl HostPort {
    /// The socket address, when the host is a literal IP address and nothing needs resolving.
    #[must_use]
    pub fn literal(&self) -> Option<SocketAddr> {
        match &self.host {
            Host::Ip(ip) => Some(SocketAddr::new(*ip, self.port)),
            Host::Name(_) => None,
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// There is no `:port`.
    #[error("the port is missing: write `host:port`")]
    PortMissing,
    /// The port is no number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// An IPv6 address outside square brackets.
    #[error("an IPv6 address is written in square brackets: `[::1]:50051`")]
    Brackets,
    /// What is inside square brackets is no IPv6 address.
    #[error("there is no IPv6 address between the square brackets")]
    Ipv6,
    /// It ends in a number like an IPv4 address, but is not four decimal numbers.
    #[error("an IPv4 address is written as four decimal numbers from 0 to 255 without leading zeros")]
    Ipv4,
    /// The host is neither an address nor a name.
    #[error("the host must be an IP address or a host name, without a scheme or path")]
    Host,
}

impl FromStr for HostPort {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if let Some(rest) = text.strip_prefix('[') {
            let (inside, after) = rest.split_once(']').ok_or(Malformed::Ipv6)?;
            let ip: Ipv6Addr = inside.parse().map_err(|_| Malformed::Ipv6)?;
            let port = after.strip_prefix(':').ok_or(Malformed::PortMissing)?;
            return Ok(Self { host: Host::Ip(IpAddr::V6(ip).to_canonical()), port: parse_port(port)? });
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(Malformed::Brackets);
        }
        let (host, port) = text.rsplit_once(':').ok_or(Malformed::PortMissing)?;
        Ok(Self { host: parse_host(host)?, port: parse_port(port)? })
    }
}

fn parse_port(text: &str) -> Result<u16, Malformed> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed::Port);
    }
    match text.parse::<u16>() {
        Ok(0) | Err(_) => Err(Malformed::Port),
        Ok(port) => Ok(port),
    }
}

fn parse_host(text: &str) -> Result<Host, Malformed> {
    if text.contains(':') {
        return Err(if text.contains('/') { Malformed::Host } else { Malformed::Brackets });
    }
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(IpAddr::V4(ip)));
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if name.is_empty() || name.len() > HOST_MAX_BYTES || !name.split('.').all(valid_label) {
        return Err(Malformed::Host);
    }
    // Resolvers still take `127.1`, `0x7f.0.0.1` and `2130706433` for addresses; nobody means them.
    if name.rsplit('.').next().is_some_and(is_number) {
        return Err(Malformed::Ipv4);
    }
    Ok(Host::Name(name))
}

/// Letters, digits, `-` and `_`, the last because container networks use it; no `-` at either end.
fn valid_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LABEL_MAX_BYTES
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a resolver would read this label as a number: decimal, octal or hexadecimal.
fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
        || label.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Why an address is not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Refusal {
    /// 127.0.0.0/8 or `::1`, while the policy does not allow them.
    #[error(
        "it is a loopback address, which this server does not allow (--allow-loopback-upstreams allows them)"
    )]
    Loopback,
    /// 0.0.0.0/8 or `::`.
    #[error("it is an unspecified address, which names no host")]
    Unspecified,
    /// 169.254.0.0/16 or fe80::/10.
    #[error("it is a link-local address")]
    LinkLocal,
    /// A cloud's metadata service, which hands out credentials.
    #[error("it belongs to a cloud's metadata service")]
    Metadata,
    /// A group of hosts.
    #[error("it is a multicast address")]
    Multicast,
    /// 240.0.0.0/4, the broadcast address among them.
    #[error("it is a broadcast or reserved address")]
    Reserved,
    /// A name without any address.
    #[error("the name has no address")]
    NoAddress,
}

/// Metadata services at addresses that are not link-local: Azure, Alibaba, Oracle.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
/// Metadata services over IPv6: Amazon, Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];
/// Names clouds give their metadata services.
const METADATA_NAMES: [&str; 6] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Which addresses may be connected to. Private networks are allowed: that is where services live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether 127.0.0.0/8 and `::1` are allowed: true where only this machine reaches Micro anyway.
    pub allow_loopback: bool,
}

impl Policy {
    /// Judges one address, and every IPv4 address that a translation mechanism would reach through it.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(self, ip: IpAddr) -> Result<(), Refusal> {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.check_v4(ip),
            IpAddr::V6(ip) => self.check_v6(ip),
        }
    }

    fn check_v4(self, ip: Ipv4Addr) -> Result<(), Refusal> {
        if METADATA_V4.contains(&ip) {
            Err(Refusal::Metadata)
        } else if ip.octets()[0] == 0 {
            Err(Refusal::Unspecified)
        } else if ip.is_loopback() {
            if self.allow_loopback { Ok(()) } else { Err(Refusal::Loopback) }
        } else if ip.is_link_local() {
            Err(Refusal::LinkLocal)
        } else if ip.is_multicast() {
            Err(Refusal::Multicast)
        } else if ip.octets()[0] >= 240 {
            Err(Refusal::Reserved)
        } else {
            Ok(())
        }
    }

    fn check_v6(self, ip: Ipv6Addr) -> Result<(), Refusal> {
        if METADATA_V6.contains(&ip) {
            Err(Refusal::Metadata)
        } else if ip.is_unspecified() {
            Err(Refusal::Unspecified)
        } else if ip.is_loopback() {
            if self.allow_loopback { Ok(()) } else { Err(Refusal::Loopback) }
        } else if ip.is_unicast_link_local() {
            Err(Refusal::LinkLocal)
        } else if ip.is_multicast() {
            Err(Refusal::Multicast)
        } else if let Some(inner) = embedded_v4(ip) {
            self.check_v4(inner)
        } else {
            Ok(())
        }
    }

    /// Judges what can be judged before resolving: literal addresses, and names known to lead nowhere good.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check_host(self, host: &Host) -> Result<(), Refusal> {
        match host {
            Host::Ip(ip) => self.check(*ip),
            Host::Name(name) if METADATA_NAMES.contains(&name.as_str()) => Err(Refusal::Metadata),
            Host::Name(name) if is_localhost(name) && !self.allow_loopback => Err(Refusal::Loopback),
            Host::Name(_) => Ok(()),
        }
    }

    /// The addresses that may be connected to among those a host resolved to; connect to these, not to the name again.
    ///
    /// # Errors
    /// Why the first refused address is refused, when none is left.
    pub fn admit(
        self,
        host: &Host,
        resolved: impl IntoIterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        self.check_host(host)?;
        let mut refusal = None;
        let mut admitted = Vec::new();
        for address in resolved {
            match self.check(address.ip()) {
                Ok(()) => admitted.push(address),
                Err(reason) => refusal = refusal.or(Some(reason)),
            }
        }
        if admitted.is_empty() { Err(refusal.unwrap_or(Refusal::NoAddress)) } else { Ok(admitted) }
    }
}

/// `localhost` and everything below it (RFC 6761).
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The IPv4 address that a packet to this IPv6 address ends at where the network translates: NAT64 (both prefixes),
/// 6to4, Teredo, and the two obsolete ways to write IPv4 in IPv6.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = ip.octets();
    let at =
        |index: usize| Ipv4Addr::new(octets[index], octets[index + 1], octets[index + 2], octets[index + 3]);
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, _, _, _, _, _] => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        [0x2001, 0, ..] => Some(Ipv4Addr::from_bits(!at(12).to_bits())),
        [0, 0, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => Some(at(12)),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const STRICT: Policy = Policy { allow_loopback: false };
    const LOCAL: Policy = Policy { allow_loopback: true };

    fn text(input: &str) -> Result<String, Malformed> {
        input.parse::<HostPort>().map(|address| address.to_string())
    }

    fn verdict(policy: Policy, ip: &str) -> Result<(), Refusal> {
        policy.check(ip.parse().unwrap())
    }

    #[test]
    fn reads_every_way_to_write_an_address_and_makes_it_canonical() {
        for (input, canonical) in [
            ("127.0.0.1:50051", "127.0.0.1:50051"),
            ("[::1]:50051", "[::1]:50051"),
            ("[0:0:0:0:0:0:0:1]:1", "[::1]:1"),
            ("[::ffff:10.0.0.1]:80", "10.0.0.1:80"),
            ("[::ffff:a00:1]:80", "10.0.0.1:80"),
            ("Greeter.Example.COM.:443", "greeter.example.com:443"),
            ("my_service:65535", "my_service:65535"),
            ("1.2.3.4.example:1", "1.2.3.4.example:1"),
            ("10.0.0.1:0080", "10.0.0.1:80"),
        ] {
            assert_eq!(text(input).as_deref(), Ok(canonical), "{input}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        for (input, reason) in [
            ("", Malformed::PortMissing),
            ("localhost", Malformed::PortMissing),
            ("[::1]", Malformed::PortMissing),
            ("localhost:", Malformed::Port),
            ("localhost:0", Malformed::Port),
            ("localhost:65536", Malformed::Port),
            ("localhost:+80", Malformed::Port),
            ("localhost:http", Malformed::Port),
            ("::1", Malformed::Brackets),
            ("::1:50051", Malformed::Brackets),
            ("fe80::1%eth0:80", Malformed::Brackets),
            ("[fe80::1%eth0]:80", Malformed::Ipv6),
            ("[127.0.0.1]:80", Malformed::Ipv6),
            ("[::1:80", Malformed::Ipv6),
            ("2130706433:80", Malformed::Ipv4),
            ("0x7f000001:80", Malformed::Ipv4),
            ("0x7f.0.0.0x1:80", Malformed::Ipv4),
            ("0X7F.1:80", Malformed::Ipv4),
            ("127.1:80", Malformed::Ipv4),
            ("0177.0.0.1:80", Malformed::Ipv4),
            ("256.1.1.1:80", Malformed::Ipv4),
            ("1.2.3.4.5:80", Malformed::Ipv4),
            ("127.0.0.1.:80", Malformed::Ipv4),
            (":80", Malformed::Host),
            (".:80", Malformed::Host),
            ("a..b:80", Malformed::Host),
            ("-a:80", Malformed::Host),
            ("a-:80", Malformed::Host),
            ("http://a:80", Malformed::Host),
            ("user@host:80", Malformed::Host),
            ("host/path:80", Malformed::Host),
            ("a b:80", Malformed::Host),
            ("a\0:80", Malformed::Host),
            ("１２７.0.0.1:80", Malformed::Host),
            ("bücher.example:80", Malformed::Host),
        ] {
            assert_eq!(text(input), Err(reason), "{input}");
        }
        assert_eq!(text(&format!("{}:80", "a".repeat(LABEL_MAX_BYTES + 1))), Err(Malformed::Host));
        assert_eq!(text(&format!("{}a:80", "a.".repeat(HOST_MAX_BYTES / 2 + 1))), Err(Malformed::Host));
    }

    #[test]
    fn s10_refuses_addresses_no_service_lives_at() {
        for (ip, refusal) in [
            ("0.0.0.0", Refusal::Unspecified),
            ("0.1.2.3", Refusal::Unspecified),
            ("::", Refusal::Unspecified),
            ("::ffff:0.0.0.0", Refusal::Unspecified),
            ("169.254.0.1", Refusal::LinkLocal),
            ("169.254.169.253", Refusal::LinkLocal),
            ("::ffff:169.254.1.1", Refusal::LinkLocal),
            ("fe80::1", Refusal::LinkLocal),
            ("febf:ffff::1", Refusal::LinkLocal),
            ("169.254.169.254", Refusal::Metadata),
            ("::ffff:169.254.169.254", Refusal::Metadata),
            ("::ffff:a9fe:a9fe", Refusal::Metadata),
            ("::169.254.169.254", Refusal::Metadata),
            ("::ffff:0:169.254.169.254", Refusal::Metadata),
            ("64:ff9b::a9fe:a9fe", Refusal::Metadata),
            ("64:ff9b:1::a9fe:a9fe", Refusal::Metadata),
            ("2002:a9fe:a9fe::1", Refusal::Metadata),
            ("2001:0:1234::5601:5601", Refusal::Metadata),
            ("fd00:ec2::254", Refusal::Metadata),
            ("fd20:ce::254", Refusal::Metadata),
            ("168.63.129.16", Refusal::Metadata),
            ("100.100.100.200", Refusal::Metadata),
            ("192.0.0.192", Refusal::Metadata),
            ("224.0.0.1", Refusal::Multicast),
            ("239.255.255.255", Refusal::Multicast),
            ("ff02::1", Refusal::Multicast),
            ("240.0.0.1", Refusal::Reserved),
            ("255.255.255.255", Refusal::Reserved),
            ("::ffff:255.255.255.255", Refusal::Reserved),
        ] {
            assert_eq!(verdict(STRICT, ip), Err(refusal), "{ip}");
            assert_eq!(verdict(LOCAL, ip), Err(refusal), "{ip} with loopback allowed");
        }
    }

    #[test]
    fn s10_allows_loopback_only_when_told() {
        for ip in
            ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"]
        {
            assert_eq!(verdict(STRICT, ip), Err(Refusal::Loopback), "{ip}");
            assert_eq!(verdict(LOCAL, ip), Ok(()), "{ip}");
        }
    }

    #[test]
    fn allows_private_and_public_networks() {
        for ip in
            ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "8.8.8.8", "fd12::1", "2606:4700::1"]
        {
            assert_eq!(verdict(STRICT, ip), Ok(()), "{ip}");
        }
    }

    #[test]
    fn s10_judges_names_before_and_after_they_resolve() {
        let host = |input: &str| input.parse::<HostPort>().unwrap().host;
        assert_eq!(STRICT.check_host(&host("Metadata.Google.Internal.:80")), Err(Refusal::Metadata));
        assert_eq!(LOCAL.check_host(&host("metadata:80")), Err(Refusal::Metadata));
        assert_eq!(STRICT.check_host(&host("localhost:80")), Err(Refusal::Loopback));
        assert_eq!(STRICT.check_host(&host("a.localhost:80")), Err(Refusal::Loopback));
        assert_eq!(LOCAL.check_host(&host("localhost:80")), Ok(()));

        let name = host("rebinding.example:80");
        let answers = |ips: &[&str]| -> Vec<SocketAddr> {
            ips.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 80)).collect()
        };
        assert_eq!(STRICT.admit(&name, answers(&["10.0.0.1"])), Ok(answers(&["10.0.0.1"])));
        assert_eq!(
            STRICT.admit(&name, answers(&["127.0.0.1", "10.0.0.1", "fe80::1"])),
            Ok(answers(&["10.0.0.1"])),
            "refused answers are dropped",
        );
        assert_eq!(STRICT.admit(&name, answers(&["169.254.169.254", "::1"])), Err(Refusal::Metadata));
        assert_eq!(STRICT.admit(&name, []), Err(Refusal::NoAddress));
        assert_eq!(STRICT.admit(&host("metadata.goog:80"), answers(&["10.0.0.1"])), Err(Refusal::Metadata));
    }
}
