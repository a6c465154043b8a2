#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod actor;
pub mod alert;
pub mod benefit;
pub mod calendar;
pub mod cart;
pub mod category;
mod choice;
pub mod claim;
pub mod coupon;
pub mod forecast;
pub mod funnel;
pub mod gap;
pub mod holiday;
pub mod ids;
pub mod lock;
pub mod money;
pub mod planning;
pub mod quote;
pub mod refusal;
pub mod returns;
pub mod risk;
pub mod scope;
pub mod split;
pub mod stacking;
pub mod template;

pub use ids::{
    CategoryId, Channel, Code, CostId, CouponId, DeliveryId, Device, EntryId, ExceptionId, GrantId,
    HitId, KeyId, LineId, LockId, OperatorId, OrderRef, PaymentRef, PoolId, ProductId,
    RedemptionId, RefundRef, ShopperId, TemplateId, TicketId, WebhookId,
};
pub use money::{Currency, Money};
pub use refusal::{FieldError, Problem, Refusal};

/// A moment, UTC. Stored as microseconds since the epoch.
pub type Time = chrono::DateTime<chrono::Utc>;
