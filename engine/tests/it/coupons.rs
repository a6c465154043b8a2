//! Single coupons in the hands of operators: found, held, freed, revoked, replaced.

use chrono::TimeDelta;
use domain::actor::{Role, System, Till};
use domain::coupon::{Action, Kind, State};
use domain::template::{Action as Life, Draft, Validity, Window};
use domain::{Problem, RefundRef, Refusal};
use engine::coupons::{self, By};
use engine::redemption::{self, Answer, Outcome};
use engine::{Engine, sweeps, templates, wallet};

use crate::cast::{
    claim, draft, editor, guardian, live, lock, operator, redeem, refusal, shopper, state, yuan,
};
use crate::stores::{Store, noon, on_both_stores};

on_both_stores![
    a_held_coupon_cannot_be_locked_until_it_is_let_go,
    an_action_takes_a_reason_and_is_recorded_with_it,
    an_action_pressed_twice_is_one_action,
    a_revoked_coupon_that_an_order_has_may_still_be_paid_with,
    a_revoked_coupon_that_an_order_has_is_gone_once_its_lock_ends,
    an_action_ends_a_lock_whose_time_has_run_out,
    a_coupon_let_go_after_its_end_expires,
    coupons_on_hold_are_listed_until_somebody_ends_it,
    hold_and_lock_at_once_and_exactly_one_wins,
    revoke_and_payment_at_once_and_the_paid_order_never_fails,
    a_late_payment_on_a_held_coupon_is_an_exception,
    a_stuck_lock_is_released_and_its_coupon_is_free,
    coupons_are_found_by_code_order_and_shopper,
    one_coupon_tells_its_life_its_order_and_who_did_what,
    a_lost_coupon_is_replaced_by_one_of_the_template_as_it_is_now,
    a_replacement_passes_the_shoppers_limit_and_counts_to_it,
    only_a_lost_coupon_is_replaced,
    twenty_replacements_of_one_coupon_at_once_are_one,
    an_operator_makes_only_so_many_replacements_a_day,
    stock_stops_a_replacement,
    what_nobody_could_use_is_not_given,
];

const WHY: &str = "reported by the shopper";

async fn act(engine: &Engine, code: domain::Code, action: Action) -> engine::Result<State> {
    let guardian = guardian(engine).await;
    coupons::act(engine, &guardian, code, action, WHY).await.map(|coupon| coupon.state)
}

fn conflict(state: &str) -> Refusal {
    Refusal::StateConflict { state: state.to_owned() }
}

async fn a_held_coupon_cannot_be_locked_until_it_is_let_go(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    assert_eq!(act(engine, coupon.code, Action::Hold).await.unwrap(), State::Held);
    let refused = refusal(lock(engine, &mei, "order", &[coupon.code]).await);
    assert_eq!(refused, Refusal::Held);
    assert_eq!(act(engine, coupon.code, Action::Free).await.unwrap(), State::Available);
    lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    assert_eq!(refusal(act(engine, coupon.code, Action::Hold).await), conflict("locked"));
}

async fn an_action_takes_a_reason_and_is_recorded_with_it(store: Store) {
    let engine = &store.engine;
    let coupon = claim(engine, &shopper("mei"), live(engine, draft()).await.id).await.unwrap();
    let guardian = guardian(engine).await;
    let long = "x".repeat(501);
    for (reason, problem) in
        [("  ", Problem::Required), (long.as_str(), Problem::TooLong { max: 500 })]
    {
        let held = coupons::act(engine, &guardian, coupon.code, Action::Hold, reason).await;
        assert_eq!(refusal(held), Refusal::invalid("reason", problem));
    }
    assert_eq!(state(engine, "mei", coupon.code).await, State::Available);
    coupons::act(engine, &guardian, coupon.code, Action::Hold, "  odd \n").await.unwrap();
    let one = coupons::read(engine, &guardian, coupon.code).await.unwrap();
    let deed = &one.deeds[0];
    assert_eq!((deed.action.as_str(), deed.reason.as_deref()), ("held", Some("odd")));
    assert_eq!(deed.by, Some(guardian.id.to_string()));
    let nobody = domain::Code::new(coupon.code.bucket(), 1);
    let missing = coupons::act(engine, &guardian, nobody, Action::Hold, WHY).await;
    assert!(matches!(missing, Err(engine::Error::Missing)));
}

async fn an_action_pressed_twice_is_one_action(store: Store) {
    let engine = &store.engine;
    let coupon = claim(engine, &shopper("mei"), live(engine, draft()).await.id).await.unwrap();
    for _ in 0..2 {
        act(engine, coupon.code, Action::Hold).await.unwrap();
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'held'").await, 1);
    for _ in 0..2 {
        assert_eq!(act(engine, coupon.code, Action::Revoke).await.unwrap(), State::Revoked);
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM events WHERE kind = 'revoked'").await, 1);
    let changes = "SELECT COUNT(*) FROM changes WHERE subject_kind = 'coupon'";
    assert_eq!(store.number(changes).await, 2);
}

async fn a_revoked_coupon_that_an_order_has_may_still_be_paid_with(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(act(engine, coupon.code, Action::Revoke).await.unwrap(), State::Locked);
    }
    assert_eq!(refusal(lock(engine, &mei, "order", &[coupon.code]).await), Refusal::Revoked);
    let (paid, _) = redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Redeemed);
    // A refund does not bring it back.
    give_all_back(engine, &locked).await;
    assert_eq!(state(engine, "mei", coupon.code).await, State::Revoked);
}

async fn give_all_back(engine: &Engine, lock: &redemption::Lock) {
    let refund = RefundRef::new("refund").unwrap();
    let everything = domain::returns::Request { lines: None };
    let till = Till::System(System);
    redemption::give_back(engine, &till, lock.id, &refund, &everything).await.unwrap();
}

async fn a_revoked_coupon_that_an_order_has_is_gone_once_its_lock_ends(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    act(engine, coupon.code, Action::Revoke).await.unwrap();
    redemption::release(engine, &Till::System(System), locked.id).await.unwrap();
    assert_eq!(state(engine, "mei", coupon.code).await, State::Revoked);
    let (paid, _) = redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Exception, "the order stays paid");
}

async fn an_action_ends_a_lock_whose_time_has_run_out(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { budget: Some(yuan(100)), ..draft() }).await;
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(30));
    assert_eq!(act(engine, coupon.code, Action::Hold).await.unwrap(), State::Held);
    assert_eq!(store.number("SELECT COUNT(*) FROM locks WHERE state = 'lapsed'").await, 1);
    assert_eq!(store.number("SELECT reserved FROM templates").await, 0);
}

async fn a_coupon_let_go_after_its_end_expires(store: Store) {
    let engine = &store.engine;
    let coupon = claim(engine, &shopper("mei"), live(engine, draft()).await.id).await.unwrap();
    act(engine, coupon.code, Action::Hold).await.unwrap();
    engine.clock().advance(TimeDelta::days(8));
    for looked_at in [1, 0] {
        assert_eq!(sweeps::expire_due(engine, System, 100).await.unwrap(), looked_at, "it waits");
    }
    assert_eq!(act(engine, coupon.code, Action::Free).await.unwrap(), State::Expired);
}

async fn coupons_on_hold_are_listed_until_somebody_ends_it(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let made = async |name: &str| claim(engine, &shopper(name), template.id).await.unwrap().code;
    let (a, b, c) = (made("a").await, made("b").await, made("c").await);
    let viewer = operator(engine, Role::Viewer).await;
    let listed = async || {
        let found = coupons::held(engine, &viewer, 0).await.unwrap();
        assert_eq!(found.total, found.holds.len() as u64);
        found.holds.into_iter().map(|hold| hold.coupon.code).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, []);
    for code in [a, b, c] {
        act(engine, code, Action::Hold).await.unwrap();
    }
    assert_eq!(listed().await, [c, b, a]);
    act(engine, b, Action::Free).await.unwrap();
    act(engine, c, Action::Revoke).await.unwrap();
    assert_eq!(listed().await, [a]);
    act(engine, b, Action::Hold).await.unwrap();
    // Its end does not end it.
    engine.clock().advance(TimeDelta::days(8));
    sweeps::expire_due(engine, System, 100).await.unwrap();
    assert_eq!(listed().await, [b, a]);
    act(engine, a, Action::Free).await.unwrap();
    let found = coupons::held(engine, &viewer, 0).await.unwrap();
    let deed = &found.holds[0].deed;
    assert_eq!((found.total, deed.reason.as_deref(), deed.at), (1, Some(WHY), noon()));
    assert_eq!(deed.by, Some(guardian(engine).await.id.to_string()));
    let beyond = coupons::held(engine, &viewer, u64::MAX).await.unwrap();
    let told = (beyond.total, beyond.page, beyond.holds.len());
    assert_eq!(told, (1, 0, 1), "past the last page it is the last");
}

async fn hold_and_lock_at_once_and_exactly_one_wins(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 10, ..draft() }).await;
    guardian(engine).await;
    for i in 0..10 {
        let coupon = claim(engine, &mei, template.id).await.unwrap();
        let (one, other) = (engine.clone(), engine.clone());
        let holding = tokio::spawn(async move { act(&one, coupon.code, Action::Hold).await });
        let locking = tokio::spawn(async move {
            lock(&other, &shopper("mei"), &format!("order-{i}"), &[coupon.code]).await
        });
        match (holding.await.unwrap(), locking.await.unwrap()) {
            (Ok(held), lost) => {
                assert_eq!((held, refusal(lost)), (State::Held, Refusal::Held));
            }
            (lost, won) => {
                won.unwrap();
                assert_eq!(refusal(lost), conflict("locked"));
            }
        }
    }
}

async fn revoke_and_payment_at_once_and_the_paid_order_never_fails(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 10, ..draft() }).await;
    guardian(engine).await;
    for i in 0..10 {
        let coupon = claim(engine, &mei, template.id).await.unwrap();
        let locked = lock(engine, &mei, &format!("order-{i}"), &[coupon.code]).await.unwrap();
        let (one, other) = (engine.clone(), engine.clone());
        let revoking = tokio::spawn(async move { act(&one, coupon.code, Action::Revoke).await });
        let paying =
            tokio::spawn(async move { redeem(&other, &locked, &format!("payment-{i}")).await });
        let (paid, _) = paying.await.unwrap().unwrap();
        assert_eq!(paid.outcome, Outcome::Redeemed);
        match revoking.await.unwrap() {
            Ok(state) => assert_eq!(state, State::Locked),
            lost => assert_eq!(refusal(lost), conflict("redeemed")),
        }
        assert_eq!(state(engine, "mei", coupon.code).await, State::Redeemed);
    }
}

async fn a_late_payment_on_a_held_coupon_is_an_exception(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    engine.clock().advance(TimeDelta::minutes(30));
    act(engine, coupon.code, Action::Hold).await.unwrap();
    let (paid, _) = redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(paid.outcome, Outcome::Exception);
    assert_eq!(state(engine, "mei", coupon.code).await, State::Held);
}

async fn a_stuck_lock_is_released_and_its_coupon_is_free(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    let guardian = guardian(engine).await;
    let nothing = coupons::release_lock(engine, &guardian, locked.id, " ").await;
    assert_eq!(refusal(nothing), Refusal::invalid("reason", Problem::Required));
    for _ in 0..2 {
        coupons::release_lock(engine, &guardian, locked.id, WHY).await.unwrap();
    }
    let one = coupons::read(engine, &guardian, coupon.code).await.unwrap();
    assert_eq!((one.coupon.state, one.lock), (State::Available, None));
    assert_eq!((one.deeds.len(), one.deeds[0].action.as_str()), (1, "released"));
    let again = lock(engine, &mei, "other", &[coupon.code]).await.unwrap();
    redeem(engine, &again, "payment").await.unwrap();
    let paid = coupons::release_lock(engine, &guardian, again.id, WHY).await;
    assert_eq!(refusal(paid), conflict("redeemed"));
}

async fn coupons_are_found_by_code_order_and_shopper(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 60, ..draft() }).await;
    let viewer = operator(engine, Role::Viewer).await;
    let find = async |typed: &str| coupons::find(engine, &viewer, typed, 0).await.unwrap();
    assert!(find("mei").await.is_none());
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let locked = lock(engine, &mei, "order 7", &[coupon.code]).await.unwrap();
    let typed = format!(" {} ", coupon.code.grouped().to_lowercase());
    let found = find(&typed).await.unwrap();
    assert_eq!((found.by, found.coupons[0].code), (By::Code, coupon.code));
    let found = find("order 7").await.unwrap();
    assert_eq!((found.by, found.coupons[0].code), (By::Order(Box::new(locked)), coupon.code));
    for n in 0..54 {
        // No shopper may take that many on one day.
        if n == 40 {
            engine.clock().advance(TimeDelta::days(1));
        }
        claim(engine, &mei, template.id).await.unwrap();
    }
    let found = find("mei").await.unwrap();
    assert_eq!((found.by, found.coupons.len(), found.total), (By::Shopper(mei.id), 50, 55));
    let rest = coupons::find(engine, &viewer, "mei", 1).await.unwrap().unwrap();
    assert_eq!(rest.coupons.len(), 5);
    let bo = engine::accounts::sign_up(engine, "bo@example.com", "correct horse", "Bo").await;
    let bo = bo.unwrap();
    let theirs = claim(engine, &bo, template.id).await.unwrap();
    let found = find("Bo@Example.com").await.unwrap();
    assert_eq!((found.by, found.coupons[0].code), (By::Shopper(bo.id), theirs.code));
    for nothing in ["", "nobody", "\u{0}", &"x".repeat(65)] {
        assert!(find(nothing).await.is_none(), "{nothing:?}");
    }
}

async fn one_coupon_tells_its_life_its_order_and_who_did_what(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let coupon = claim(engine, &mei, live(engine, draft()).await.id).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    let viewer = operator(engine, Role::Viewer).await;
    let one = coupons::read(engine, &viewer, coupon.code).await.unwrap();
    assert_eq!(one.lock, Some(locked.clone()));
    assert_eq!(one.used_for, None);
    redeem(engine, &locked, "payment").await.unwrap();
    let one = coupons::read(engine, &viewer, coupon.code).await.unwrap();
    assert_eq!((one.lock, one.used_for), (None, Some(locked.order)));
    let kinds: Vec<Kind> = one.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [Kind::Claimed, Kind::Locked, Kind::Redeemed]);
}

async fn a_lost_coupon_is_replaced_by_one_of_the_template_as_it_is_now(store: Store) {
    let engine = &store.engine;
    let template = live(engine, draft()).await;
    let lost = claim(engine, &shopper("mei"), template.id).await.unwrap();
    let changed = Draft { validity: Validity::Days { days: 3, until: None }, ..draft() };
    let editor = editor(engine).await;
    templates::edit(engine, &editor, template.id, 1, &changed).await.unwrap();
    engine.clock().advance(TimeDelta::days(8));
    let guardian = guardian(engine).await;
    let (code, answer) = coupons::replace(engine, &guardian, lost.code, WHY).await.unwrap();
    assert_eq!(answer, Answer::Made);
    let again = coupons::replace(engine, &guardian, lost.code, WHY).await.unwrap();
    assert_eq!(again, (code, Answer::Known));
    let given = coupons::read(engine, &guardian, code).await.unwrap();
    assert_eq!((given.coupon.revision.number, given.replaces), (2, Some(lost.code)));
    assert_eq!(given.steps[0].kind, Kind::Granted);
    assert_eq!(given.deeds[0].reason.as_deref(), Some(WHY));
    assert!(given.coupon.valid_until.unwrap() > engine.now());
    let old = coupons::read(engine, &guardian, lost.code).await.unwrap();
    assert_eq!((old.replacement, old.deeds[0].action.as_str()), (Some(code), "replaced"));
    let granted = "SELECT COUNT(*) FROM coupons WHERE source = 'grant'";
    assert_eq!(store.number(granted).await, 1);
    assert_eq!(store.number("SELECT issued FROM templates").await, 2);
    lock(engine, &shopper("mei"), "order", &[code]).await.unwrap();
}

async fn a_replacement_passes_the_shoppers_limit_and_counts_to_it(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper_daily: Some(1), ..draft() }).await;
    let mut code = claim(engine, &mei, template.id).await.unwrap().code;
    let guardian = guardian(engine).await;
    for _ in 0..2 {
        act(engine, code, Action::Revoke).await.unwrap();
        code = coupons::replace(engine, &guardian, code, WHY).await.unwrap().0;
    }
    let limit = refusal(claim(engine, &mei, template.id).await);
    assert!(matches!(limit, Refusal::ClaimLimitReached { limit: 1, .. }));
    assert_eq!(store.number("SELECT taken FROM tallies WHERE day = 0").await, 3);
    assert_eq!(wallet::wallet(engine, &mei).await.unwrap().len(), 3);
}

async fn only_a_lost_coupon_is_replaced(store: Store) {
    let engine = &store.engine;
    let mei = shopper("mei");
    let template = live(engine, Draft { per_shopper: 3, ..draft() }).await;
    let coupon = claim(engine, &mei, template.id).await.unwrap();
    let guardian = guardian(engine).await;
    let replace = async |code| refusal(coupons::replace(engine, &guardian, code, WHY).await);
    assert_eq!(replace(coupon.code).await, conflict("available"));
    act(engine, coupon.code, Action::Hold).await.unwrap();
    assert_eq!(replace(coupon.code).await, conflict("held"));
    act(engine, coupon.code, Action::Free).await.unwrap();
    let locked = lock(engine, &mei, "order", &[coupon.code]).await.unwrap();
    assert_eq!(replace(coupon.code).await, conflict("locked"));
    redeem(engine, &locked, "payment").await.unwrap();
    assert_eq!(replace(coupon.code).await, conflict("redeemed"));
    // Refunded after its end it does not come back, and that is what a replacement is for.
    engine.clock().advance(TimeDelta::days(8));
    give_all_back(engine, &locked).await;
    let nothing = coupons::replace(engine, &guardian, coupon.code, "").await;
    assert_eq!(refusal(nothing), Refusal::invalid("reason", Problem::Required));
    coupons::replace(engine, &guardian, coupon.code, WHY).await.unwrap();
}

async fn twenty_replacements_of_one_coupon_at_once_are_one(store: Store) {
    let engine = &store.engine;
    let lost = claim(engine, &shopper("mei"), live(engine, draft()).await.id).await.unwrap();
    act(engine, lost.code, Action::Revoke).await.unwrap();
    let guardian = guardian(engine).await;
    let replacing: Vec<_> = (0..20)
        .map(|_| {
            let (engine, guardian) = (engine.clone(), guardian.clone());
            tokio::spawn(async move {
                coupons::replace(&engine, &guardian, lost.code, WHY).await.unwrap()
            })
        })
        .collect();
    let mut made = Vec::new();
    for one in replacing {
        made.push(one.await.unwrap());
    }
    assert_eq!(made.iter().filter(|(_, answer)| *answer == Answer::Made).count(), 1);
    assert!(made.iter().all(|(code, _)| *code == made[0].0), "one answer for all");
    assert_eq!(store.number("SELECT COUNT(*) FROM coupons").await, 2);
    let left = coupons::replacements_left(engine, &guardian).await.unwrap();
    assert_eq!(left, 19);
}

async fn an_operator_makes_only_so_many_replacements_a_day(store: Store) {
    let engine = &store.another(|settings| settings.replacements_daily = 5).await;
    let template = live(engine, Draft { stock: Some(40), ..draft() }).await;
    let guardian = guardian(engine).await;
    let mut replacing = Vec::new();
    for i in 0..20 {
        let lost = claim(engine, &shopper(&format!("mei-{i}")), template.id).await.unwrap();
        act(engine, lost.code, Action::Revoke).await.unwrap();
        replacing.push(lost.code);
    }
    let replacing: Vec<_> = replacing
        .into_iter()
        .map(|code| {
            let (engine, guardian) = (engine.clone(), guardian.clone());
            tokio::spawn(async move { coupons::replace(&engine, &guardian, code, WHY).await })
        })
        .collect();
    let mut lost = 0;
    for one in replacing {
        if let Err(error) = one.await.unwrap() {
            let refused: engine::Result<()> = Err(error);
            assert!(matches!(refusal(refused), Refusal::DailyLimitReached { .. }));
            lost += 1;
        }
    }
    assert_eq!(lost, 15);
    assert_eq!(coupons::replacements_left(engine, &guardian).await.unwrap(), 0);
    engine.clock().advance(TimeDelta::days(1));
    assert_eq!(coupons::replacements_left(engine, &guardian).await.unwrap(), 5);
    let wrong = engine::books::check(engine, System).await.unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    engine.clone().close().await.unwrap();
}

async fn stock_stops_a_replacement(store: Store) {
    let engine = &store.engine;
    let template = live(engine, Draft { stock: Some(1), ..draft() }).await;
    let lost = claim(engine, &shopper("mei"), template.id).await.unwrap();
    act(engine, lost.code, Action::Revoke).await.unwrap();
    let guardian = guardian(engine).await;
    let replace = async || coupons::replace(engine, &guardian, lost.code, WHY).await;
    assert_eq!(refusal(replace().await), Refusal::SoldOut);
    let made = "SELECT COUNT(*) FROM replacement_tallies";
    assert_eq!(store.number(made).await, 0, "a refusal costs nothing");
    let editor = editor(engine).await;
    templates::act(engine, &editor, template.id, Life::End).await.unwrap();
    assert_eq!(refusal(replace().await), conflict("ended"));
}

async fn what_nobody_could_use_is_not_given(store: Store) {
    let engine = &store.engine;
    let until = noon() + TimeDelta::days(2);
    let fixed = Validity::Fixed(Window { from: Some(noon()), until: Some(until) });
    let template = live(engine, Draft { validity: fixed, ..draft() }).await;
    let lost = claim(engine, &shopper("mei"), template.id).await.unwrap();
    engine.clock().advance(TimeDelta::days(3));
    let guardian = guardian(engine).await;
    let refused = coupons::replace(engine, &guardian, lost.code, WHY).await;
    assert_eq!(refusal(refused), Refusal::ClaimClosed);
}
