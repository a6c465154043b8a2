//! Deny and allow lists of shoppers, devices, addresses and networks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use super::{Network, Who};
use crate::{Device, EntryId, Problem, ShopperId, Time};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// Who stands on it claims nothing.
    Deny,
    /// Rules do not hold for who stands on it.
    Allow,
}

impl List {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Deny, Self::Allow];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }

    /// Reads [`List::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.as_str() == word)
    }
}

/// What stands on a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A shopper.
    Shopper(ShopperId),
    /// A device.
    Device(Device),
    /// An address or a network.
    Network(Network),
}

impl Thing {
    /// The words for its kinds.
    pub const KINDS: [&str; 3] = ["shopper", "device", "network"];

    /// What kind of thing it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Shopper(_) => Self::KINDS[0],
            Self::Device(_) => Self::KINDS[1],
            Self::Network(_) => Self::KINDS[2],
        }
    }

    /// As it is written.
    pub fn text(&self) -> String {
        match self {
            Self::Shopper(shopper) => shopper.to_string(),
            Self::Device(device) => device.to_string(),
            Self::Network(network) => network.to_string(),
        }
    }

    /// Reads a thing of a kind; a kind that is none is `unknown`.
    pub fn parse(kind: &str, text: &str) -> Result<Self, Problem> {
        match kind {
            "shopper" => text.parse().map(Self::Shopper),
            "device" => text.parse().map(Self::Device),
            "network" if text.is_empty() => Err(Problem::Required),
            "network" => text.parse().map(Self::Network),
            _ => Err(Problem::Unknown),
        }
    }
}

/// Something on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub id: EntryId,
    /// On which list.
    pub list: List,
    /// What stands there.
    pub thing: Thing,
    /// Why.
    pub reason: String,
    /// Who put it there: an operator's id.
    pub by: String,
    /// When.
    pub added_at: Time,
    /// The first moment at which it holds no more; none: it stays.
    pub expires_at: Option<Time>,
}

impl Entry {
    /// Whether it holds at a moment.
    pub fn holds(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// How somebody stands with the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The host shop has blocked the shopper, and no entry allows them.
    Blocked,
    /// Denied by an entry.
    Denied(Entry),
    /// Rules do not hold.
    Allowed(Entry),
    /// On no list.
    Plain,
}

/// Both lists. A thing stands on one of them at most.
#[derive(Debug, Default)]
pub struct Lists {
    shoppers: HashMap<ShopperId, Entry>,
    devices: HashMap<Device, Entry>,
    networks: BTreeMap<Network, Entry>,
    /// Which prefixes there are.
    prefixes: BTreeSet<u8>,
}

impl FromIterator<Entry> for Lists {
    fn from_iter<T: IntoIterator<Item = Entry>>(entries: T) -> Self {
        let mut lists = Self::default();
        for entry in entries {
            match entry.thing.clone() {
                Thing::Shopper(shopper) => drop(lists.shoppers.insert(shopper, entry)),
                Thing::Device(device) => drop(lists.devices.insert(device, entry)),
                Thing::Network(network) => {
                    lists.prefixes.insert(network.prefix());
                    lists.networks.insert(network, entry);
                }
            }
        }
        lists
    }
}

impl Lists {
    /// How somebody stands. A deny entry for any of shopper, device and address refuses, whatever
    /// the others say: a shopper who is allowed gets no further by a device that is denied. Of the
    /// networks around an address the narrowest decides, so that an office may be allowed within a
    /// network that is denied. A shopper blocked by the host shop is denied, unless an entry allows
    /// that shopper.
    pub fn standing(&self, who: &Who, is_blocked: bool, now: Time) -> Standing {
        let shopper = self.shoppers.get(&who.shopper).filter(|entry| entry.holds(now));
        if is_blocked && shopper.is_none() {
            return Standing::Blocked;
        }
        let device = who.device.as_ref().and_then(|device| self.devices.get(device));
        let network = who.address.and_then(|address| self.narrowest(address, now));
        let found = [shopper, device.filter(|entry| entry.holds(now)), network];
        let of = |list| found.into_iter().flatten().find(|entry| entry.list == list);
        match (of(List::Deny), of(List::Allow)) {
            (Some(entry), _) => Standing::Denied(entry.clone()),
            (None, Some(entry)) => Standing::Allowed(entry.clone()),
            (None, None) => Standing::Plain,
        }
    }

    fn narrowest(&self, address: IpAddr, now: Time) -> Option<&Entry> {
        let around = |prefix: &u8| self.networks.get(&Network::new(address, *prefix)?);
        self.prefixes.iter().rev().filter_map(around).find(|entry| entry.holds(now))
    }
}
