//! Who asks. Engine's methods take one of these, so a call nobody vouched for does not compile.

use serde::{Deserialize, Serialize};

use crate::{OperatorId, ShopperId};

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
}

impl Operator {
    /// The operator as one who may edit, if so.
    pub fn editor(self) -> Option<Editor> {
        self.role.can_edit().then_some(Editor(self))
    }

    /// The operator as one who may approve, if so.
    pub fn approver(self) -> Option<Approver> {
        self.role.can_approve().then_some(Approver(self))
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

/// An operator who may say who works in the console; only [`Operator::admin`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin(Operator);

impl std::ops::Deref for Admin {
    type Target = Operator;
    fn deref(&self) -> &Operator {
        &self.0
    }
}

/// The platform itself: jobs, payment callbacks, seeding, the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System;

/// Who stands at the till for an order that is already locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Till {
    /// The shopper whose order it is.
    Shopper(Shopper),
    /// The platform, told by a payment center or on the shop's own behalf.
    System(System),
}

impl Till {
    /// Whether it may act on an order of `shopper`.
    pub fn serves(&self, shopper: &ShopperId) -> bool {
        match self {
            Self::Shopper(own) => own.id == *shopper,
            Self::System(_) => true,
        }
    }
}
