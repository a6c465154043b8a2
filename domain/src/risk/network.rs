//! Addresses and networks in CIDR notation (RFC 4632, RFC 4291).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Problem;

/// A network; a single address is the narrowest of them. What is written behind the prefix is
/// dropped: `203.0.113.7/24` is `203.0.113.0/24`. IPv4 within IPv6 (`::ffff:203.0.113.7`) is IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network around an address; `None` where the prefix is longer than an address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let address = address.to_canonical();
        (prefix <= bits(address)).then(|| Self { address: masked(address, prefix), prefix })
    }

    /// An address alone.
    pub fn alone(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, prefix: bits(address) }
    }

    /// What is counted as one client: an IPv4 address, or 64 bits of an IPv6 one, since whoever has
    /// one of those has all behind it.
    pub fn client(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = bits(address).min(64);
        Self { address: masked(address, prefix), prefix }
    }

    /// Whether an address lies in it.
    pub fn holds(self, address: IpAddr) -> bool {
        Self::new(address, self.prefix) == Some(self)
    }

    /// Whether it holds a large part of all addresses: a slip of the finger more often than meant.
    pub fn is_wide(self) -> bool {
        self.prefix < 8
    }

    /// How many bits of an address name it: the more, the narrower.
    pub fn prefix(self) -> u8 {
        self.prefix
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let dropped = u32::from(bits(address) - prefix);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(dropped).unwrap_or(0);
            Ipv4Addr::from(u32::from(address) & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(dropped).unwrap_or(0);
            Ipv6Addr::from(u128::from(address) & mask).into()
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix == bits(self.address) {
            true => self.address.fmt(f),
            false => write!(f, "{}/{}", self.address, self.prefix),
        }
    }
}

impl FromStr for Network {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = |text: &str| text.parse::<IpAddr>().map_err(|_| Problem::NotAnAddress);
        let Some((address, prefix)) = text.split_once('/') else {
            return read(text).map(Self::alone);
        };
        // A plus sign parses as a number, and is none that people write.
        let is_plain = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|_| is_plain).ok_or(Problem::NotAnAddress)?;
        let address = read(address)?;
        // The prefix of IPv4 within IPv6 counts the 96 bits before it.
        let before = bits(address) - bits(address.to_canonical());
        let network = u8::checked_sub(prefix, before).and_then(|prefix| Self::new(address, prefix));
        network.ok_or(Problem::NotAnAddress)
    }
}

impl TryFrom<String> for Network {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> String {
        network.to_string()
    }
}
