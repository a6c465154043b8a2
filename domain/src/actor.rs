//! Who asks. Engine's methods take one of these, so a call nobody vouched for does not compile.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{KeyId, OperatorId, ShopperId};

/// Who changes something, as the audit trail has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// `operator:<id>`, `partner:<id>` or `system`.
    pub name: String,
    /// From which address, where that is known.
    pub address: Option<IpAddr>,
}

/// Anybody: no name, perhaps a cookie to count views by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// A random mark kept in a cookie, or the shopper's id where signed in.
    pub mark: String,
}

/// A shopper who signed in, or for whom the host shop vouches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shopper {
    /// Who.
    pub id: ShopperId,
}

/// What an operator may do; each role may do all that the ones before it in `Viewer`, `Editor`,
/// `Approver`, `Admin` may. `Risk` views and acts on single coupons and shoppers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything in the console.
    Viewer,
    /// Makes and edits templates.
    Editor,
    /// Approves templates above the money-at-risk limit.
    Approver,
    /// Holds, revokes and replaces coupons; keeps the lists.
    Risk,
    /// Everything, operators and keys included.
    Admin,
}

impl Role {
    /// All of them, weakest first.
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Editor, Self::Approver, Self::Risk, Self::Admin];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Risk => "risk",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Role::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// May make and edit templates.
    pub fn can_edit(self) -> bool {
        matches!(self, Self::Editor | Self::Approver | Self::Admin)
    }

    /// May approve somebody else's template.
    pub fn can_approve(self) -> bool {
        matches!(self, Self::Approver | Self::Admin)
    }

    /// May hold, free, revoke and replace single coupons, and settle what went wrong with them.
    pub fn can_act_on_coupons(self) -> bool {
        matches!(self, Self::Risk | Self::Admin)
    }

    /// May say who works in the console, and as what.
    pub fn can_administer(self) -> bool {
        matches!(self, Self::Admin)
    }
}

/// Somebody signed in to the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// As shown beside what they did.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// From which address they act, where that is known.
    pub address: Option<IpAddr>,
}

impl Operator {
    /// As the audit trail has them.
    pub fn actor(&self) -> Actor {
        Actor { name: format!("operator:{}", self.id), address: self.address }
    }

    /// The operator as one who may edit, if so.
    pub fn editor(self) -> Option<Editor> {
        self.role.can_edit().then_some(Editor(self))
    }

    /// The operator as one who may approve, if so.
    pub fn approver(self) -> Option<Approver> {
        self.role.can_approve().then_some(Approver(self))
    }

    /// The operator as one who looks after single coupons, if so.
    pub fn guardian(self) -> Option<Guardian> {
        self.role.can_act_on_coupons().then_some(Guardian(self))
    }

    /// The operator as one who may say who works here, if so.
    pub fn admin(self) -> Option<Admin> {
        self.role.can_administer().then_some(Admin(self))
    }
}

/// An operator who may make and edit templates; only [`Operator::editor`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor(Operator);

impl std::ops::Deref for Editor {
    type Target = Operator;
    fn deref(&self) -> &Operator {
        &self.0
    }
}

/// An operator who may approve; only [`Operator::approver`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver(Operator);

impl std::ops::Deref for Approver {
    type Target = Operator;
    fn deref(&self) -> &Operator {
        &self.0
    }
}

/// An operator who looks after single coupons: holds, frees, revokes and replaces them. Only
/// [`Operator::guardian`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardian(Operator);

impl std::ops::Deref for Guardian {
    type Target = Operator;
    fn deref(&self) -> &Operator {
        &self.0
    }
}

/// An operator who may say who works in the console; only [`Operator::admin`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin(Operator);

impl std::ops::Deref for Admin {
    type Target = Operator;
    fn deref(&self) -> &Operator {
        &self.0
    }
}

/// What a key of an order system opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// Quotes carts.
    Quote,
    /// Locks, redeems, releases and returns; tells of paid orders.
    Redeem,
    /// Claims for shoppers; tells of views.
    Claim,
    /// Gives coupons.
    Grant,
    /// Keeps templates, the catalogue and shoppers.
    Manage,
    /// Reads templates, wallets, the funnel and the ledger.
    Read,
}

impl KeyScope {
    /// All of them, as they are listed.
    pub const ALL: [Self; 6] =
        [Self::Quote, Self::Redeem, Self::Claim, Self::Grant, Self::Manage, Self::Read];

    /// The word in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Redeem => "redeem",
            Self::Claim => "claim",
            Self::Grant => "grant",
            Self::Manage => "manage",
            Self::Read => "read",
        }
    }

    /// Reads [`KeyScope::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// An order system, known by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its key.
    pub id: KeyId,
    /// As shown beside what it did.
    pub name: String,
    /// What the key opens.
    pub scopes: BTreeSet<KeyScope>,
    /// From which address it asks, where that is known.
    pub address: Option<IpAddr>,
}

/// What a key may do is a type, which only [`Scoped::of`] makes.
pub trait Scoped: Sized + Send + Sync {
    /// What the key has to open. Where one of several scopes is enough, the one to ask for.
    const SCOPE: KeyScope;

    /// The partner as one whose key opens this, if so.
    fn of(partner: Partner) -> Option<Self>;

    /// Who it is.
    fn partner(&self) -> &Partner;
}

macro_rules! scoped {
    ($($(#[$doc:meta])* $name:ident = $scope:ident $(| $other:ident)*),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(Partner);

        impl Scoped for $name {
            const SCOPE: KeyScope = KeyScope::$scope;

            fn of(partner: Partner) -> Option<Self> {
                let opens = [Self::SCOPE $(, KeyScope::$other)*];
                opens.iter().any(|scope| partner.scopes.contains(scope)).then_some(Self(partner))
            }

            fn partner(&self) -> &Partner {
                &self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = Partner;
            fn deref(&self) -> &Partner {
                &self.0
            }
        }
    )*};
}

scoped! {
    /// A partner that may quote.
    Quoting = Quote,
    /// A partner that may lock, redeem, release and return.
    Redeeming = Redeem,
    /// A partner that may claim for shoppers.
    Claiming = Claim,
    /// A partner that may give coupons.
    Granting = Grant,
    /// A partner that may keep templates, the catalogue and shoppers.
    Managing = Manage,
    /// A partner that may read.
    Reading = Read,
    /// A partner that may look at orders: their locks and redemptions.
    Following = Redeem | Read,
    /// A partner that may see templates: who keeps something may see it too.
    Seeing = Read | Manage,
    /// A partner that may look at grants and how far they are.
    Tracking = Grant | Read,
}

impl Partner {
    /// As the audit trail has it.
    pub fn actor(&self) -> Actor {
        Actor { name: format!("partner:{}", self.id), address: self.address }
    }

    /// The shopper for whom this order system vouches.
    pub fn vouch_for(&self, id: ShopperId) -> Shopper {
        Shopper { id }
    }
}

/// Who may design templates: an editor in the console, or a partner whose key opens `manage`.
pub trait Designer: Send + Sync {
    /// As whom a template remembers them: an operator's id, or `partner:<id>`.
    fn author(&self) -> String;
    /// As the audit trail has them.
    fn actor(&self) -> Actor;
}

impl Designer for Editor {
    fn author(&self) -> String {
        self.id.to_string()
    }

    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl Designer for Managing {
    fn author(&self) -> String {
        self.0.actor().name
    }

    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

/// Who may read what the console shows: any operator, or a partner with the scope `read` or
/// `manage`, and the platform itself, which tells its own numbers.
pub trait Reader: Send + Sync {
    /// Whether they may know what the keys of order systems are called.
    fn sees_keys(&self) -> bool {
        false
    }
}

impl Reader for Operator {
    fn sees_keys(&self) -> bool {
        self.role.can_administer()
    }
}
impl Reader for Editor {}
impl Reader for Approver {}
impl Reader for Guardian {}
impl Reader for Admin {}
impl Reader for Managing {}
impl Reader for Reading {}
impl Reader for Seeing {}
impl Reader for Tracking {}

/// Who may give coupons: an editor in the console, or a partner whose key opens `grant`.
pub trait Giver: Send + Sync {
    /// As the audit trail has them.
    fn actor(&self) -> Actor;
}

impl Giver for Editor {
    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl Giver for Granting {
    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

/// The platform itself: jobs, payment callbacks, seeding, the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System;

impl System {
    /// As the audit trail has it.
    pub fn actor(self) -> Actor {
        Actor { name: "system".to_owned(), address: None }
    }
}

impl Reader for System {}

/// Who may tell us what the host shop knows, such as its catalogue: a partner whose key opens
/// `manage`, an editor in the console who has it as a file, or the platform itself.
pub trait Keeper: Send + Sync {
    /// As the audit trail has them.
    fn actor(&self) -> Actor;
}

impl Keeper for Editor {
    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl Keeper for Managing {
    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl Keeper for System {
    fn actor(&self) -> Actor {
        System::actor(*self)
    }
}

/// Who stands at the till for an order that is already locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Till {
    /// The shopper whose order it is.
    Shopper(Shopper),
    /// An order system.
    Partner(Redeeming),
    /// The platform, told by a payment center or on the shop's own behalf.
    System(System),
}

impl Till {
    /// Whether it may act on an order of `shopper`.
    pub fn serves(&self, shopper: &ShopperId) -> bool {
        match self {
            Self::Shopper(own) => own.id == *shopper,
            Self::Partner(_) | Self::System(_) => true,
        }
    }
}

/// Who may look at an order: whoever stands at its till, or a partner that follows orders.
pub trait Onlooker: Send + Sync {
    /// Whether they may look at one of `shopper`.
    fn sees(&self, shopper: &ShopperId) -> bool;
}

impl Onlooker for Till {
    fn sees(&self, shopper: &ShopperId) -> bool {
        self.serves(shopper)
    }
}

impl Onlooker for Following {
    fn sees(&self, _: &ShopperId) -> bool {
        true
    }
}
