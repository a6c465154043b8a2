//! Who and what the tests of use cases play with.

use domain::actor::{
    Admin, Approver, Editor, Guardian, KeyScope, Operator, Partner, Role, Scoped, Shopper, System,
    Till,
};
use domain::benefit::Benefit;
use domain::cart::{Cart, Line};
use domain::category::Category;
use domain::coupon::State;
use domain::scope::{Lists, Scope};
use domain::template::{Action, Draft, Validity};
use domain::{Code, KeyId, Money, OrderRef, PaymentRef, Refusal, ShopperId, TemplateId};
use engine::issuance::{self, Claim, Via};
use engine::redemption::{self, Answer, Ask, Lock};
use engine::templates::{self, Template};
use engine::wallet::{self, Coupon};
use engine::{Engine, Error, accounts, catalogue};

use crate::stores::noon;

pub(crate) fn yuan(amount: i64) -> Money {
    Money::minor(amount * 100)
}

pub(crate) fn shopper(name: &str) -> Shopper {
    Shopper { id: ShopperId::new(name).unwrap() }
}

pub(crate) async fn operator(engine: &Engine, role: Role) -> Operator {
    let name = role.as_str();
    let email = format!("{name}@example.com");
    let password = "correct horse";
    match accounts::operator_add(engine, System, &email, name, role, password).await {
        Ok(id) => accounts::operator(engine, id).await.unwrap(),
        Err(_) => accounts::operator_sign_in(engine, &email, password).await.unwrap(),
    }
}

pub(crate) async fn editor(engine: &Engine) -> Editor {
    operator(engine, Role::Editor).await.editor().unwrap()
}

pub(crate) async fn approver(engine: &Engine) -> Approver {
    operator(engine, Role::Approver).await.approver().unwrap()
}

pub(crate) async fn admin(engine: &Engine) -> Admin {
    operator(engine, Role::Admin).await.admin().unwrap()
}

/// An order system whose key opens everything.
pub(crate) fn partner<S: Scoped>() -> S {
    let (id, name) = (KeyId(uuid::Uuid::nil()), "Till".to_owned());
    let scopes = KeyScope::ALL.into_iter().collect();
    S::of(Partner { id, name, scopes, address: None }).unwrap()
}

/// Vegetables and fruit under produce, and household.
pub(crate) async fn shelf(engine: &Engine) {
    let category = |id: &str, parent: Option<&str>| Category {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        parent: parent.map(|parent| parent.parse().unwrap()),
    };
    let categories = [
        category("produce", None),
        category("vegetables", Some("produce")),
        category("fruit", Some("produce")),
        category("household", None),
    ];
    catalogue::put_categories(engine, System, &categories).await.unwrap();
}

/// 20 off from 100, one each, for everybody; tests change what they are about.
pub(crate) fn draft() -> Draft {
    let benefit = Benefit::AmountOff { amount: yuan(20), min_spend: Some(yuan(100)) };
    Draft { validity: Validity::Days { days: 7, until: None }, ..Draft::new("20 off", benefit) }
}

pub(crate) fn only(categories: &[&str]) -> Scope {
    let categories = categories.iter().map(|id| id.parse().unwrap()).collect();
    Scope { include: Lists { categories, ..Lists::default() }, ..Scope::default() }
}

/// A template that is live.
pub(crate) async fn live(engine: &Engine, draft: Draft) -> Template {
    let editor = editor(engine).await;
    let made = templates::create(engine, &editor, &draft).await.unwrap();
    templates::act(engine, &editor, made.id, Action::Publish).await.unwrap()
}

pub(crate) async fn claim(
    engine: &Engine,
    shopper: &Shopper,
    template: TemplateId,
) -> engine::Result<Coupon> {
    issuance::claim(engine, shopper, template, Via::default()).await
}

/// One line of one unit.
pub(crate) fn cart(amount: Money) -> Cart {
    lines(&[("kale", "vegetables", amount, 1)])
}

/// Lines called `1`, `2`, …: product, category, unit price, quantity.
pub(crate) fn lines(lines: &[(&str, &str, Money, u32)]) -> Cart {
    let line =
        |(i, (product, category, unit_price, quantity)): (usize, &(&str, &str, Money, u32))| Line {
            id: (i + 1).to_string().parse().unwrap(),
            product: product.parse().unwrap(),
            category: Some(category.parse().unwrap()),
            unit_price: *unit_price,
            quantity: *quantity,
        };
    Cart::new(lines.iter().enumerate().map(line).collect()).unwrap()
}

pub(crate) fn ask(order: &str, cart: Cart, coupons: Option<&[Code]>) -> Ask {
    Ask {
        order: OrderRef::new(order).unwrap(),
        cart,
        coupons: coupons.map(<[Code]>::to_vec),
        length: None,
        expected_discount: None,
    }
}

/// A claim of noon's, from nowhere in particular.
pub(crate) fn claim_of(name: &str, template: TemplateId) -> Claim {
    Claim {
        shopper: shopper(name).id,
        template,
        via: Via::default(),
        pool_code: None,
        is_vouched: false,
        is_given: false,
        accepted_at: noon(),
        once: None,
    }
}

/// Locks for an order of one unit at 100 with the coupons named.
pub(crate) async fn lock(
    engine: &Engine,
    shopper: &Shopper,
    order: &str,
    coupons: &[Code],
) -> engine::Result<Lock> {
    let ask = ask(order, cart(yuan(100)), Some(coupons));
    redemption::lock(engine, shopper, &ask).await.map(|(lock, _)| lock)
}

pub(crate) async fn redeem(
    engine: &Engine,
    lock: &Lock,
    payment: &str,
) -> engine::Result<(redemption::Redemption, Answer)> {
    let payment = PaymentRef::new(payment).unwrap();
    redemption::redeem(engine, &Till::System(System), lock.id, &payment).await
}

pub(crate) fn refusal<T: std::fmt::Debug>(answer: engine::Result<T>) -> Refusal {
    match answer.unwrap_err() {
        Error::Refused(refusal) => refusal,
        Error::CouponRefused(refused) => refused.refusal,
        other => panic!("{other:?}"),
    }
}

/// Where a shopper's coupon stands in the store.
pub(crate) async fn state(engine: &Engine, name: &str, code: Code) -> State {
    let (coupon, _) = wallet::coupon(engine, &shopper(name), code).await.unwrap();
    coupon.state
}

pub(crate) async fn guardian(engine: &Engine) -> Guardian {
    operator(engine, Role::Risk).await.guardian().unwrap()
}
