//! From which address a request comes: the socket's, unless a proxy that we trust is there and says
//! whom it speaks for. A header that anybody can send is believed no further than that.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Once,
};

use app::context::ClientAddress;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, header::FORWARDED},
    middleware::Next,
    response::Response,
};
use domain::{Problem, risk::Network};
use engine::audit;
use serde::{Deserialize, Serialize};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks of the proxies before us; none, and nobody is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Proxies(Vec<Network>);

impl TryFrom<String> for Proxies {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let networks = text.split(',').map(str::trim).filter(|network| !network.is_empty());
        let read = |network: &str| {
            network.parse().map_err(|problem: Problem| format!("{network} {problem}"))
        };
        networks.map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Proxies> for String {
    fn from(Proxies(networks): Proxies) -> String {
        networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl Proxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Whom a peer speaks for. Each proxy adds at the right of `X-Forwarded-For` whom it has heard: from
    /// the right, the first that is no proxy of ours is the client, and whatever stands left of it
    /// that client may have made up. Where a proxy names nobody, itself is all that is known.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR);
        let lines: Vec<&str> = lines.iter().map(|line| line.to_str().unwrap_or_default()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.trust(client) {
                break;
            }
            let Some(address) = read(hop.trim()) else { break };
            client = address;
        }
        client
    }

    /// Whether a request says that it came by a proxy, and nobody has told us of any: then all who come
    /// by it have one address, and are counted as one.
    fn are_missing(&self, headers: &HeaderMap) -> bool {
        let is_forwarded = headers.contains_key(FORWARDED_FOR) || headers.contains_key(FORWARDED);
        self.0.is_empty() && is_forwarded
    }
}

/// Says it once: anybody can send such a header.
fn warn_of_missing_proxies() {
    static WARNING: Once = Once::new();
    WARNING.call_once(|| {
        tracing::warn!(
            "requests say that they come by a proxy: unless QUAN_TRUSTED_PROXIES names it, \
             whoever comes by it counts as one address"
        );
    });
}

/// An address as proxies write it, some of them with a port.
fn read(hop: &str) -> Option<IpAddr> {
    let alone = || hop.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let address: Option<IpAddr> = hop.parse().map(|hop: SocketAddr| hop.ip()).ok().or_else(alone);
    address.map(|address| address.to_canonical())
}

/// Tells whatever is behind from where a request comes.
pub(crate) async fn address(
    State(proxies): State<Proxies>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
    {
        if proxies.are_missing(request.headers()) {
            warn_of_missing_proxies();
        }
        let client = proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(ClientAddress(client));
        // What is changed meanwhile was changed from there.
        return audit::from(client, next.run(request)).await;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// Proxies, peer and lines of the header → client.
    fn check(proxies: &str, peer: &str, lines: &[&'static str], expected: &str) {
        let proxies = Proxies::try_from(proxies.to_owned()).expect("networks");
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let client = proxies.client(peer.parse().expect("an address"), &headers);
        assert_eq!(client.to_string(), expected, "{peer} {lines:?}");
    }

    #[test]
    fn nobody_is_believed_by_default() {
        check("", "203.0.113.7", &[], "203.0.113.7");
        check("", "203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        check("", "127.0.0.1", &["198.51.100.1"], "127.0.0.1");
        check("10.0.0.0/8", "203.0.113.7", &["10.0.0.1"], "203.0.113.7");
    }

    #[test]
    fn a_proxy_is_believed_for_whom_it_has_heard_and_no_further() {
        let proxies = "10.0.0.0/8, fd00::/8";
        check(proxies, "10.0.0.1", &[], "10.0.0.1");
        check(proxies, "10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        // What the client has sent stands at the left.
        check(proxies, "10.0.0.1", &["192.0.2.9, 198.51.100.1"], "198.51.100.1");
        check(proxies, "10.0.0.1", &["10.0.0.9, 198.51.100.1"], "198.51.100.1");
        check(proxies, "10.0.0.1", &["192.0.2.9", "198.51.100.1"], "198.51.100.1");
        // One proxy behind another.
        check(proxies, "10.0.0.1", &["192.0.2.9, 198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check(proxies, "10.0.0.1", &["198.51.100.1,10.0.0.2 , fd00::2"], "198.51.100.1");
        check(proxies, "::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1");
        check(proxies, "fd00::1", &["2001:db8::1"], "2001:db8::1");
        check(proxies, "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
    }

    #[test]
    fn what_is_no_address_ends_the_search() {
        let proxies = "10.0.0.0/8";
        check(proxies, "10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1");
        check(proxies, "10.0.0.1", &["198.51.100.1, "], "10.0.0.1");
        check(proxies, "10.0.0.1", &["198.51.100.1, x, 10.0.0.2"], "10.0.0.2");
        check(proxies, "10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1");
        check(proxies, "10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check(proxies, "10.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
    }

    #[test]
    fn a_proxy_that_nobody_told_us_of_is_noticed() {
        let are_missing = |proxies: &str, header: Option<HeaderName>| {
            let line = HeaderValue::from_static("198.51.100.1");
            let headers: HeaderMap = header.map(|header| (header, line)).into_iter().collect();
            Proxies::try_from(proxies.to_owned()).expect("networks").are_missing(&headers)
        };
        assert!(are_missing("", Some(FORWARDED_FOR)));
        assert!(are_missing("", Some(FORWARDED)));
        assert!(!are_missing("", None));
        assert!(!are_missing("10.0.0.0/8", Some(FORWARDED_FOR)));
    }

    #[test]
    fn networks_are_written_as_they_are_read() {
        let proxies = Proxies::try_from(" 10.0.0.1/8,, ::1 ".to_owned()).expect("networks");
        assert_eq!(String::from(proxies.clone()), "10.0.0.0/8, ::1");
        assert_eq!(Proxies::try_from(String::from(proxies.clone())), Ok(proxies));
        assert_eq!(Proxies::try_from(String::new()), Ok(Proxies::default()));
        let problem = Proxies::try_from("10.0.0.0/33".to_owned()).expect_err("no network");
        assert!(problem.contains("10.0.0.0/33"), "{problem}");
    }
}
