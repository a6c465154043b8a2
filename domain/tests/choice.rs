//! The best choice against exhaustive search, and what must hold of every quote and return.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use domain::benefit::{Benefit, Step};
use domain::cart::{Cart, Line};
use domain::category::Tree;
use domain::claim::Facts;
use domain::coupon::{Coupon, State};
use domain::money::BasisPoints;
use domain::quote::{Asking, Held, Quote, best, named};
use domain::returns::{Part, Purchase, Redeemed, Request, RequestLine};
use domain::scope::{Lists, Scope};
use domain::stacking::{Stacking, by_expiry};
use domain::template::{Draft, PartReturn, Revision};
use domain::{Code, Money, Refusal, ShopperId, TemplateId, Time};
use proptest::prelude::*;

fn shopper() -> Facts {
    let id = ShopperId::new("s").unwrap();
    Facts { id, segments: Default::default(), is_new: true, is_blocked: false }
}

fn asking<'a>(shopper: &'a Facts, tree: &'a Tree) -> Asking<'a> {
    let now = Time::UNIX_EPOCH;
    Asking { shopper, order: None, now, tree, max_coupons: 3 }
}

prop_compose! {
    fn lines()(lines in prop::collection::vec((0i64..400, 1u32..4), 1..6)) -> Cart {
        let line = |(i, (price, quantity)): (usize, (i64, u32))| Line {
            id: format!("l{i}").parse().unwrap(),
            product: format!("p{i}").parse().unwrap(),
            category: None,
            unit_price: Money::minor(price),
            quantity,
        };
        Cart::new(lines.into_iter().enumerate().map(line).collect()).unwrap()
    }
}

fn benefits() -> impl Strategy<Value = Benefit> {
    let min_spend = || prop::option::of((1i64..900).prop_map(Money::minor));
    prop_oneof![
        (1i64..500, min_spend()).prop_map(|(amount, min_spend)| Benefit::AmountOff {
            amount: Money::minor(amount),
            min_spend
        }),
        (1u32..=10_000, min_spend(), prop::option::of((1i64..300).prop_map(Money::minor)))
            .prop_map(|(points, min_spend, max_discount)| Benefit::PercentOff {
                basis_points: BasisPoints(points),
                min_spend,
                max_discount
            }),
        (1i64..300, 1i64..300, 1i64..100, 1i64..100).prop_map(|(a, b, x, y)| {
            let step =
                |min, amount| Step { min_spend: Money::minor(min), amount: Money::minor(amount) };
            Benefit::Tiered { steps: vec![step(a, x), step(a + b, x + y)] }
        }),
        (1i64..300, 1i64..60, prop::option::of(1u32..4)).prop_map(|(per, amount, max_times)| {
            Benefit::Every { per: Money::minor(per), amount: Money::minor(amount), max_times }
        }),
    ]
}

prop_compose! {
    fn coupon()(
        benefit in benefits(),
        products in prop::option::of(prop::collection::btree_set(0usize..6, 1..4)),
        exclusive in prop::bool::weighted(0.15),
        group in prop::option::weighted(0.3, 0u8..2),
        until in prop::option::of(1i64..4),
        claws_back in any::<bool>(),
        random in any::<u128>(),
    ) -> Held {
        let owner = ShopperId::new("s").unwrap();
        let products = products.unwrap_or_default();
        let products = products.into_iter().map(|p| format!("p{p}").parse().unwrap()).collect();
        let draft = Draft {
            scope: Scope { include: Lists { products, ..Lists::default() }, ..Scope::default() },
            stacking: Stacking { group: group.map(|group| group.to_string()), exclusive },
            part_return: if claws_back { PartReturn::ClawBack } else { PartReturn::Keep },
            ..Draft::new("n", benefit)
        };
        Held {
            code: Code::new(owner.bucket(), random),
            owner,
            revision: Arc::new(Revision { template: TemplateId(uuid::Uuid::nil()), number: 1, draft }),
            coupon: Coupon {
                state: State::Available,
                lock: None,
                is_revoked: false,
                valid_from: Time::UNIX_EPOCH,
                valid_until: until.map(|days| Time::UNIX_EPOCH + chrono::TimeDelta::days(days)),
            },
            budget_left: None,
        }
    }
}

/// A few coupons of three templates, some of them the same but for code and expiry, and what is
/// left of the templates' budgets.
fn wallets() -> impl Strategy<Value = Vec<Held>> {
    let twin = || prop::option::weighted(0.3, (any::<u128>(), 1i64..4));
    let budgets = prop::array::uniform3(prop::option::weighted(0.3, 1i64..600));
    (prop::collection::vec((coupon(), twin(), 0..3usize), 0..6), budgets).prop_map(
        |(coupons, budgets)| {
            let twins = |(mut held, twin, template): (Held, Option<(u128, i64)>, usize)| {
                let id = TemplateId(uuid::Uuid::from_u128(template as u128));
                Arc::make_mut(&mut held.revision).template = id;
                held.budget_left = budgets[template].map(Money::minor);
                let twin = twin.map(|(random, days)| {
                    let mut twin = held.clone();
                    twin.code = Code::new(held.owner.bucket(), random);
                    let until = Time::UNIX_EPOCH + chrono::TimeDelta::days(days);
                    twin.coupon.valid_until = Some(until);
                    twin
                });
                std::iter::once(held).chain(twin)
            };
            coupons.into_iter().flat_map(twins).collect()
        },
    )
}

/// Every allowed set of up to three, each measured by applying exactly it.
fn exhaustive(cart: &Cart, wallet: &[Held], asking: &Asking) -> (Money, Vec<Code>) {
    let stacking = |i: usize| &wallet[i].revision.draft.stacking;
    let n = wallet.len();
    let mut sets: Vec<Vec<usize>> = vec![];
    for a in 0..n {
        sets.push(vec![a]);
        for b in a + 1..n {
            sets.push(vec![a, b]);
            sets.extend((b + 1..n).map(|c| vec![a, b, c]));
        }
    }
    sets.retain(|set| {
        set.iter().all(|&a| set.iter().all(|&b| a == b || stacking(a).combines_with(stacking(b))))
    });
    let mut best = (Money::ZERO, vec![], vec![]);
    for set in sets {
        let coupons: Vec<_> = set.iter().map(|&i| (wallet[i].code, Some(&wallet[i]))).collect();
        let quote = named(cart, &coupons, asking).unwrap();
        if quote.applied.len() < set.len() {
            continue;
        }
        let mut expiries: Vec<_> = set.iter().map(|&i| wallet[i].coupon.valid_until).collect();
        expiries.sort_by(|a, b| by_expiry(*a, *b));
        let mut codes: Vec<Code> = set.iter().map(|&i| wallet[i].code).collect();
        codes.sort();
        let sooner =
            expiries.iter().zip(&best.1).map(|(a, b)| by_expiry(*a, *b)).find(|o| o.is_ne());
        let order = best
            .0
            .cmp(&quote.discount())
            .then(codes.len().cmp(&best.2.len()))
            .then(sooner.unwrap_or(std::cmp::Ordering::Equal))
            .then_with(|| codes.cmp(&best.2));
        if order.is_lt() {
            best = (quote.discount(), expiries, codes);
        }
    }
    (best.0, best.2)
}

fn check_sums(quote: &Quote) -> Result<(), TestCaseError> {
    prop_assert!(quote.total() >= Money::ZERO);
    for line in &quote.lines {
        prop_assert!(line.discount <= line.line.gross(), "a line goes below zero");
    }
    for applied in &quote.applied {
        prop_assert!(applied.discount > Money::ZERO);
        prop_assert_eq!(applied.shares.iter().copied().sum::<Money>(), applied.discount);
    }
    let by_line: Money = quote.lines.iter().map(|line| line.discount).sum();
    prop_assert_eq!(by_line, quote.discount());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_best_choice_equals_exhaustive_search(cart in lines(), wallet in wallets()) {
        let (facts, tree) = (shopper(), Tree::default());
        let asking = asking(&facts, &tree);
        let quote = best(&cart, &wallet, &asking);
        check_sums(&quote)?;
        let (discount, codes) = exhaustive(&cart, &wallet, &asking);
        let mut chosen: Vec<Code> = quote.applied.iter().map(|applied| applied.code).collect();
        chosen.sort();
        prop_assert_eq!((quote.discount(), chosen), (discount, codes));
        prop_assert!(quote.is_exact);
        prop_assert_eq!(quote.applied.len() + quote.refused.len(), wallet.len(), "each is spoken of");
    }

    #[test]
    fn returns_sum_to_what_was_paid(
        cart in lines(),
        wallet in wallets(),
        steps in prop::collection::vec((0usize..6, 1u32..4, prop::bool::weighted(0.2)), 0..12),
    ) {
        let (facts, tree) = (shopper(), Tree::default());
        let quote = best(&cart, &wallet, &asking(&facts, &tree));
        let coupons = quote.applied.iter().map(|applied| {
            let held = wallet.iter().find(|held| held.code == applied.code).unwrap();
            let draft = &held.revision.draft;
            Redeemed { code: held.code, benefit: draft.benefit.clone(), part_return: draft.part_return }
        });
        let mut purchase = Purchase::new(&quote, coupons.collect());
        for at in 0..quote.lines.len() {
            let units: Vec<Money> = quote.lines[at].unit_discounts().collect();
            prop_assert_eq!(units.iter().copied().sum::<Money>(), quote.lines[at].discount);
            prop_assert_eq!(units, purchase.unit_shares(at), "as returns split them");
        }
        let mut paid_back = Money::ZERO;
        let mut completed = vec![];
        for (at, quantity, by_amount) in steps {
            let part = if by_amount { Part::Amount(Money::minor(i64::from(quantity) * 7)) } else { Part::Quantity(quantity) };
            let id = format!("l{at}").parse().unwrap();
            let before = purchase.left();
            match purchase.give_back(&Request { lines: Some(vec![RequestLine { id, part }]) }) {
                Ok(returned) => {
                    prop_assert!(returned.amount >= Money::ZERO);
                    prop_assert!(returned.lines.iter().all(|line| line.amount >= Money::ZERO));
                    prop_assert_eq!(returned.lines.iter().map(|l| l.amount).sum::<Money>(), returned.amount);
                    paid_back += returned.amount;
                    completed.extend(returned.completed);
                }
                Err(_) => prop_assert_eq!(purchase.left(), before, "a refused return changes nothing"),
            }
            prop_assert_eq!(paid_back + purchase.left(), quote.total());
        }
        let rest = purchase.give_back(&Request { lines: None }).unwrap();
        completed.extend(rest.completed);
        prop_assert_eq!(paid_back + rest.amount, quote.total());
        prop_assert_eq!(purchase.left(), Money::ZERO);
        completed.sort();
        let mut codes: Vec<Code> = quote.applied.iter().map(|applied| applied.code).collect();
        codes.sort();
        prop_assert_eq!(completed, codes, "each coupon comes back once");
    }
}

#[test]
fn a_coupon_named_twice_is_invalid_and_a_stranger_is_not_found() {
    let (facts, tree) = (shopper(), Tree::default());
    let cart = Cart::new(vec![Line {
        id: "l".parse().unwrap(),
        product: "p".parse().unwrap(),
        category: None,
        unit_price: Money::minor(100),
        quantity: 1,
    }])
    .unwrap();
    let code = Code::new(facts.id.bucket(), 1);
    let twice = named(&cart, &[(code, None), (code, None)], &asking(&facts, &tree));
    assert_eq!(twice.unwrap_err().code(), "invalid");
    let quote = named(&cart, &[(code, None)], &asking(&facts, &tree)).unwrap();
    assert_eq!(quote.refused[0].refusal, Refusal::NotFound);
    assert_eq!(quote.total(), Money::minor(100));
}
