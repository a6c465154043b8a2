//! Where an endpoint may be: on the public internet, unless the deployment says otherwise. Whoever
//! could have us post into our own network would reach what trusts it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::Problem;
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

/// The longest address, in bytes.
const URL_MAX: usize = 2000;
/// How long an admin waits for a name to be found.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a host has no address that may be connected to.
#[derive(Debug)]
pub(super) enum Unreached {
    /// It leads into a private network.
    Private,
    /// Nobody knows it.
    Unknown(io::Error),
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Private => "the host is in a private network",
            Self::Unknown(_) => "the host is not known",
        })
    }
}

impl StdError for Unreached {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Private => None,
            Self::Unknown(error) => Some(error),
        }
    }
}

/// Reads an address: https, a host, no password in it, no address of a private network.
pub(super) fn check(text: &str, may_be_private: bool) -> Result<Url, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::Required);
    }
    if text.len() > URL_MAX {
        return Err(Problem::TooLong { max: URL_MAX as u64 });
    }
    let mut url = Url::parse(text).map_err(|_| Problem::NotAUrl)?;
    let has_password = !url.username().is_empty() || url.password().is_some();
    let is_web = matches!(url.scheme(), "https" | "http");
    if !is_web || has_password || url.port() == Some(0) {
        return Err(Problem::NotAUrl);
    }
    if url.scheme() != "https" && !may_be_private {
        return Err(Problem::NotHttps);
    }
    // A connection to a literal address asks no resolver, which would look at it otherwise.
    let literal = match url.host() {
        None => return Err(Problem::NotAUrl),
        Some(Host::Domain(_)) => None,
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
    };
    if literal.is_some_and(|ip| !may_be_private && !is_public(ip)) {
        return Err(Problem::PrivateAddress);
    }
    url.set_fragment(None);
    Ok(url)
}

/// The same, and its host is one that somebody knows.
pub(super) async fn check_and_resolve(text: &str, may_be_private: bool) -> Result<Url, Problem> {
    let url = check(text, may_be_private)?;
    let Some(Host::Domain(host)) = url.host() else {
        return Ok(url);
    };
    match timeout(PATIENCE, resolve(host, may_be_private)).await {
        Ok(Ok(_)) => Ok(url),
        Ok(Err(Unreached::Private)) => Err(Problem::PrivateAddress),
        Ok(Err(Unreached::Unknown(_))) | Err(_) => Err(Problem::Unknown),
    }
}

/// The addresses of a host, all of which may be connected to. One private one spoils them all: it is
/// no mistake that a public name has it. The caller sets the port.
pub(super) async fn resolve(
    host: &str,
    may_be_private: bool,
) -> Result<Vec<SocketAddr>, Unreached> {
    let found = lookup_host((host, 0)).await.map_err(Unreached::Unknown)?;
    let found: Vec<SocketAddr> = found.collect();
    if !may_be_private && found.iter().any(|address| !is_public(address.ip())) {
        return Err(Unreached::Private);
    }
    Ok(found)
}

/// Whether an address is one of the public internet: none that the registries of IANA for special
/// purposes (RFC 6890) keep for something else, nor the public one where a cloud tells its secrets.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    const AZURE_METADATA: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let [a, b, c, _] = ip.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !is_special && ip != AZURE_METADATA
}

/// Of version 6 only global unicast (2000::/3) is public, and of that not what is kept for protocols
/// and documentation, nor what wraps an address of version 4.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let is_global = a & 0xe000 == 0x2000;
    let is_special =
        matches!((a, b), (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff));
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::loopback("127.0.0.1")]
    #[case::loopback("127.255.255.254")]
    #[case::private("10.0.0.1")]
    #[case::private("172.16.0.1")]
    #[case::private("172.31.255.255")]
    #[case::private("192.168.1.1")]
    #[case::shared("100.64.0.1")]
    #[case::shared("100.127.255.255")]
    #[case::alibaba_metadata("100.100.100.200")]
    #[case::link_local("169.254.1.1")]
    #[case::metadata("169.254.169.254")]
    #[case::oracle_metadata("192.0.0.192")]
    #[case::azure_metadata("168.63.129.16")]
    #[case::unspecified("0.0.0.0")]
    #[case::this_network("0.1.2.3")]
    #[case::multicast("224.0.0.1")]
    #[case::reserved("240.0.0.1")]
    #[case::broadcast("255.255.255.255")]
    #[case::benchmarks("198.19.0.1")]
    #[case::documentation("203.0.113.7")]
    #[case::loopback_v6("::1")]
    #[case::unspecified_v6("::")]
    #[case::mapped("::ffff:127.0.0.1")]
    #[case::mapped("::ffff:10.0.0.1")]
    #[case::mapped_metadata("::ffff:169.254.169.254")]
    #[case::compatible("::127.0.0.1")]
    #[case::translated("64:ff9b::7f00:1")]
    #[case::unique_local("fc00::1")]
    #[case::aws_metadata("fd00:ec2::254")]
    #[case::link_local_v6("fe80::1")]
    #[case::site_local("fec0::1")]
    #[case::multicast_v6("ff02::1")]
    #[case::teredo("2001:0:7f00:1::")]
    #[case::six_to_four("2002:7f00:1::")]
    #[case::documentation_v6("2001:db8::1")]
    #[case::documentation_v6("3fff::1")]
    fn what_is_not_public_is_refused(#[case] ip: &str) {
        assert!(!is_public(ip.parse().unwrap()), "{ip}");
    }

    #[rstest]
    #[case("1.1.1.1")]
    #[case("9.255.255.255")]
    #[case("100.63.255.255")]
    #[case("100.128.0.0")]
    #[case("172.15.0.1")]
    #[case("172.32.0.1")]
    #[case("192.0.1.1")]
    #[case("223.255.255.255")]
    #[case("::ffff:1.1.1.1")]
    #[case("2606:4700:4700::1111")]
    #[case("2001:4860:4860::8888")]
    fn what_is_public_is_not(#[case] ip: &str) {
        assert!(is_public(ip.parse().unwrap()), "{ip}");
    }

    #[rstest]
    #[case("", Problem::Required)]
    #[case("example.com/coupons", Problem::NotAUrl)]
    #[case("ftp://example.com", Problem::NotAUrl)]
    #[case("file:///etc/passwd", Problem::NotAUrl)]
    #[case("https://", Problem::NotAUrl)]
    #[case("https://mei:secret@example.com", Problem::NotAUrl)]
    #[case("https://example.com:0/", Problem::NotAUrl)]
    #[case("http://example.com", Problem::NotHttps)]
    #[case("https://127.0.0.1", Problem::PrivateAddress)]
    #[case("https://2130706433/", Problem::PrivateAddress)]
    #[case("https://0x7f.1/", Problem::PrivateAddress)]
    #[case("https://0177.0.0.1/", Problem::PrivateAddress)]
    #[case("https://１２７.0.0.1/", Problem::PrivateAddress)]
    #[case("https://127.0.0.1./", Problem::PrivateAddress)]
    #[case("https://[::ffff:127.0.0.1]/", Problem::PrivateAddress)]
    #[case("https://[::1]:8443/x", Problem::PrivateAddress)]
    fn an_address_that_cannot_be_told_is_refused(#[case] url: &str, #[case] problem: Problem) {
        assert_eq!(check(url, false), Err(problem), "{url}");
    }

    #[test]
    fn an_address_is_kept_as_it_will_be_asked_for() {
        let url = check(" https://Example.com/coupons?a=b#c ", false).unwrap();
        assert_eq!(url.as_str(), "https://example.com/coupons?a=b");
        assert!(check("http://127.0.0.1:3000/", true).is_ok());
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_refused() {
        let refused = resolve("localhost", false).await;
        assert!(matches!(refused, Err(Unreached::Private)), "{refused:?}");
        assert!(!resolve("localhost", true).await.unwrap().is_empty());
        let refused = check_and_resolve("https://localhost/", false).await;
        assert_eq!(refused, Err(Problem::PrivateAddress));
    }
}
