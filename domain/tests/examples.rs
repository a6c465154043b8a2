//! Carts, best choices and returns worked out by hand: `examples.json`, as data.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::benefit::Benefit;
use domain::cart::{Cart, Line};
use domain::category::{Category, Tree};
use domain::claim::Facts;
use domain::coupon::{Coupon, State};
use domain::ids::Bucket;
use domain::quote::{Asking, Held, Quote, best, named};
use domain::returns::{Part, Purchase, Redeemed, Request, RequestLine};
use domain::scope::Scope;
use domain::stacking::Stacking;
use domain::template::{Draft, PartReturn, Revision};
use domain::{Code, Currency, Money, Refusal, ShopperId, TemplateId, Time};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Book {
    catalogue: Catalogue,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Catalogue {
    categories: HashMap<String, Option<String>>,
    products: HashMap<String, Option<String>>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    coupons: BTreeMap<String, Parts>,
    cart: Vec<(String, String, u32)>,
    named: Option<Vec<String>>,
    applied: Vec<(String, BTreeMap<String, String>)>,
    #[serde(default)]
    refused: BTreeMap<String, Value>,
    #[serde(default)]
    returns: Vec<Returned>,
}

/// What goes back (none: the rest), what that pays, and the coupons that come back.
type Returned = (Option<BTreeMap<String, u32>>, String, Vec<String>);

#[derive(Deserialize)]
struct Parts {
    benefit: Value,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    stacking: Stacking,
    part_return: Option<PartReturn>,
    until: Option<Time>,
}

fn money(text: &str) -> Money {
    Currency::CNY.parse(text).unwrap()
}

/// Amounts are decimal strings outside and minor units inside.
fn benefit(mut value: Value) -> Benefit {
    fn convert(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if name != "kind" {
                        convert(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(convert),
            Value::String(text) => *value = money(text).units().into(),
            _ => {}
        }
    }
    convert(&mut value);
    serde_json::from_value(value).unwrap()
}

fn held(name: &str, parts: Parts, owner: &ShopperId) -> Held {
    let far: Time = "2099-01-01T00:00:00Z".parse().unwrap();
    let draft = Draft {
        scope: parts.scope,
        stacking: parts.stacking,
        part_return: parts.part_return.unwrap_or_default(),
        ..Draft::new(name, benefit(parts.benefit))
    };
    let template = TemplateId(uuid::Uuid::nil());
    Held {
        code: code(name),
        owner: owner.clone(),
        revision: Arc::new(Revision { template, number: 1, draft }),
        coupon: Coupon {
            state: State::Available,
            lock: None,
            is_revoked: false,
            valid_from: Time::UNIX_EPOCH,
            valid_until: Some(parts.until.unwrap_or(far)),
        },
        budget_left: None,
    }
}

/// Codes that sort like the names.
fn code(name: &str) -> Code {
    Code::new(Bucket::of("s"), u128::from(name.as_bytes()[0] - b'A'))
}

fn name(code: Code) -> String {
    ('A'..='Z').find(|letter| self::code(&letter.to_string()) == code).unwrap().to_string()
}

fn check(case: Case, catalogue: &Catalogue) {
    let label = case.name.clone();
    let categories: Vec<Category> = catalogue
        .categories
        .iter()
        .map(|(id, parent)| Category {
            id: id.parse().unwrap(),
            name: id.clone(),
            parent: parent.as_ref().map(|parent| parent.parse().unwrap()),
        })
        .collect();
    let tree = Tree::new(&categories).unwrap();
    let lines = case.cart.iter().enumerate().map(|(i, (product, price, quantity))| Line {
        id: format!("l{}", i + 1).parse().unwrap(),
        product: product.parse().unwrap(),
        category: None,
        unit_price: money(price),
        quantity: *quantity,
    });
    let cart = Cart::new(lines.collect()).unwrap().categorised(|product| {
        catalogue.products.get(product.as_str())?.as_ref().map(|id| id.parse().unwrap())
    });
    let owner = ShopperId::new("s").unwrap();
    let shopper =
        Facts { id: owner.clone(), segments: Default::default(), is_new: true, is_blocked: false };
    let asking = Asking {
        shopper: &shopper,
        order: None,
        now: "2026-11-22T00:00:00Z".parse().unwrap(),
        tree: &tree,
        max_coupons: 3,
    };
    let wallet: Vec<Held> =
        case.coupons.into_iter().map(|(name, parts)| held(&name, parts, &owner)).collect();
    let quote = match &case.named {
        None => best(&cart, &wallet, &asking),
        Some(names) => {
            let find = |name: &String| wallet.iter().find(|held| held.code == code(name));
            let coupons: Vec<_> = names.iter().map(|name| (code(name), find(name))).collect();
            named(&cart, &coupons, &asking).unwrap()
        }
    };
    check_quote(&label, &quote, &case.applied, &case.refused);
    let coupons = quote.applied.iter().map(|applied| {
        let held = wallet.iter().find(|held| held.code == applied.code).unwrap();
        Redeemed {
            code: held.code,
            benefit: held.revision.draft.benefit.clone(),
            part_return: held.revision.draft.part_return,
        }
    });
    let mut purchase = Purchase::new(&quote, coupons.collect());
    let mut paid_back = Money::ZERO;
    for (lines, amount, back) in case.returns {
        let part = |(id, quantity): (String, u32)| RequestLine {
            id: id.parse().unwrap(),
            part: Part::Quantity(quantity),
        };
        let lines = lines.map(|lines| lines.into_iter().map(part).collect());
        let returned = purchase.give_back(&Request { lines }).unwrap();
        assert_eq!(returned.amount, money(&amount), "{label}");
        let completed: Vec<String> = returned.completed.iter().map(|c| name(*c)).collect();
        assert_eq!(completed, back, "{label}");
        assert_eq!(returned.lines.iter().map(|l| l.amount).sum::<Money>(), returned.amount);
        paid_back += returned.amount;
    }
    assert_eq!(paid_back + purchase.left(), quote.total(), "{label}: returns sum to what was paid");
}

fn check_quote(
    label: &str,
    quote: &Quote,
    applied: &[(String, BTreeMap<String, String>)],
    refused: &BTreeMap<String, Value>,
) {
    let found: Vec<(String, BTreeMap<String, String>)> = quote
        .applied
        .iter()
        .map(|applied| {
            let shares = quote.lines.iter().zip(&applied.shares);
            let shares = shares
                .filter(|(_, share)| !share.is_zero())
                .map(|(line, share)| (line.line.id.to_string(), Currency::CNY.format(*share)));
            (name(applied.code), shares.collect())
        })
        .collect();
    assert_eq!(found, applied, "{label}");
    assert_eq!(quote.refused.len(), refused.len(), "{label}: {:?}", quote.refused);
    for entry in &quote.refused {
        let expected = &refused[&name(entry.code)];
        let (code, data) = match expected {
            Value::String(code) => (code.as_str(), None),
            Value::Array(parts) => (parts[0].as_str().unwrap(), Some(&parts[1])),
            other => panic!("{other}"),
        };
        match code {
            "left_out" => assert!(
                matches!(
                    entry.refusal,
                    Refusal::BetterApplied { .. } | Refusal::NotCombinable { .. }
                ),
                "{label}"
            ),
            code => assert_eq!(entry.refusal.code(), code, "{label}"),
        }
        if let (Some(data), Refusal::BelowThreshold { required, current, missing }) =
            (data, &entry.refusal)
        {
            let found = [required, current, missing].map(|amount| Currency::CNY.format(*amount));
            assert_eq!(
                found,
                ["required", "current", "missing"].map(|k| data[k].as_str().unwrap())
            );
        }
    }
}

#[test]
fn the_worked_examples_hold() {
    let book: Book = serde_json::from_str(include_str!("examples.json")).unwrap();
    for case in book.cases {
        check(case, &book.catalogue);
    }
}
