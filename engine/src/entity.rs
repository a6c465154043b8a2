//! The tables as SeaORM sees them, one file a table. They never leave this crate: `store` and the
//! use cases turn them into the domain's types. Times are microseconds, amounts minor units.
//!
//! `attempts`, `expiry_reminders`, `hand_offs`, `idempotency`, `orders`, `versions`, the catalogue's tables,
//! what risk counts, what a grant consists of, sums, channels and alerts have none; each is a few
//! statements in one module.

pub mod callback;
pub mod change;
pub mod channel_quota;
pub mod count;
pub mod coupon;
pub mod delivery;
pub mod event;
pub mod exception;
pub mod grant;
pub mod key;
pub mod lock;
pub mod lock_coupon;
pub mod mark;
pub mod operator;
pub mod pool;
pub mod pool_code;
pub mod redemption;
pub mod redemption_coupon;
pub mod redemption_line;
pub mod redemption_share;
pub mod reminder;
pub mod returning;
pub mod revision;
pub mod risk_entry;
pub mod risk_hit;
pub mod session;
pub mod shopper;
pub mod shopper_login;
pub mod tally;
pub mod template;
pub mod ticket;
pub mod viewer;
pub mod webhook;

#[cfg(test)]
mod tests {
    use sea_orm::EntityTrait;

    use crate::stores::{Store, on_both_stores};

    on_both_stores![every_entity_has_its_table];

    macro_rules! read_one_of_each {
        ($db:expr, $($entity:ident),* $(,)?) => {
            $(super::$entity::Entity::find().one($db).await.unwrap();)*
        };
    }

    async fn every_entity_has_its_table(store: Store) {
        read_one_of_each!(
            store.engine.reader(),
            callback,
            change,
            channel_quota,
            count,
            coupon,
            delivery,
            event,
            exception,
            grant,
            key,
            lock,
            lock_coupon,
            mark,
            operator,
            pool,
            pool_code,
            redemption,
            redemption_coupon,
            redemption_line,
            redemption_share,
            reminder,
            returning,
            revision,
            risk_entry,
            risk_hit,
            session,
            shopper,
            shopper_login,
            tally,
            template,
            ticket,
            viewer,
            webhook,
        );
    }
}
