use domain::benefit::{Benefit, Step};
use domain::money::BasisPoints;
use domain::planning::{Alignment, Named, Reference};
use domain::scope::{Lists, Scope, ScopeRule};
use domain::stacking::Stacking;
use domain::template::{
    Audience, ChannelQuota, Draft, Lane, PartReturn, Validity, Visibility, Window,
};
use domain::{Channel, Currency, FieldError, Money, Problem, Time};
use proptest::prelude::*;
use proptest::{collection::btree_set, option};
use rstest::rstest;

use super::*;

fn conventions() -> Conventions<'static> {
    Conventions::zoneless(Currency::CNY)
}

fn plain() -> DraftForm {
    let word = str::to_owned;
    DraftForm {
        name: word("Autumn"),
        amount: word("20"),
        min_spend: word("100"),
        ..DraftForm::blank(PercentAs::Off)
    }
}

fn step(min_spend: &str, amount: &str) -> StepRow {
    StepRow { min_spend: min_spend.to_owned(), amount: amount.to_owned() }
}

fn wrong(form: &DraftForm) -> Vec<(String, Problem)> {
    let errors = form.parse(&conventions()).expect_err("it is wrong");
    errors
        .into_iter()
        .map(|FieldError { field, problem }| (form.field_of(&field), problem))
        .collect()
}

#[test]
fn a_plain_form_is_a_draft() {
    let draft = plain().parse(&conventions()).expect("nothing is wrong");
    let (amount, min_spend) = (Money::minor(2_000), Some(Money::minor(10_000)));
    assert_eq!(draft.benefit, Benefit::AmountOff { amount, min_spend });
    assert_eq!((draft.per_shopper, draft.stock), (1, None));
    assert!(draft.stacking.exclusive);
}

#[test]
fn an_amount_may_be_grouped_as_the_console_prints_it() {
    let form = DraftForm { budget: "1,234,567.80".to_owned(), ..plain() };
    let draft = form.parse(&conventions()).expect("nothing is wrong");
    assert_eq!(draft.budget, Some(Money::minor(123_456_780)));
    for typed in ["1,23", "1234,567", ",500", "5,00.50", "1.5,000", "5,,000"] {
        let form = DraftForm { budget: typed.to_owned(), ..plain() };
        assert_eq!(wrong(&form).len(), 1, "{typed}");
    }
}

#[rstest]
#[case("")]
#[case("0")]
#[case("0.00")]
#[case("  ")]
fn a_blank_or_zero_threshold_is_none(#[case] min_spend: &str) {
    let form = DraftForm { min_spend: min_spend.to_owned(), ..plain() };
    let draft = form.parse(&conventions()).expect("nothing is wrong");
    assert_eq!(draft.benefit.threshold(), Money::ZERO);
    assert!(!draft.is_generous());
}

#[rstest]
#[case::empty("", Problem::Required)]
#[case::exponent("1e3", Problem::NotMoney)]
#[case::negative("-5", Problem::NotMoney)]
#[case::decimals("1.999", Problem::MoreDecimals { decimals: 2 })]
#[case::long(&"9".repeat(200), Problem::TooLarge)]
#[case::grouped("10,00", Problem::NotMoney)]
#[case::zero("0", Problem::NotAboveZero)]
fn bad_money_is_told_beside_its_field(#[case] typed: &str, #[case] problem: Problem) {
    let typed = typed.to_owned();
    type Put = fn(&mut DraftForm, String);
    let fields: [(&str, &str, Put); 4] = [
        ("amount_off", "amount", |form, typed| form.amount = typed),
        ("every", "every_amount", |form, typed| form.every_amount = typed),
        ("every", "per", |form, typed| form.per = typed),
        ("tiered", "steps-2-amount", |form, typed| form.steps[2].amount = typed),
    ];
    for (kind, field, put) in fields {
        let mut form = DraftForm {
            kind: kind.to_owned(),
            per: "100".to_owned(),
            every_amount: "5".to_owned(),
            // The blank row is none, and does not shift the others' fields.
            steps: vec![step("100", "10"), step("", " "), step("200", "20")],
            ..plain()
        };
        put(&mut form, typed.clone());
        let found = wrong(&form);
        assert!(found.contains(&(field.to_owned(), problem.clone())), "{field}: {found:?}");
    }
    if problem != Problem::Required && problem != Problem::NotAboveZero {
        let form = DraftForm { min_spend: typed.clone(), ..plain() };
        assert_eq!(wrong(&form), [("min_spend".to_owned(), problem.clone())]);
        let form = DraftForm { budget: typed, ..plain() };
        assert_eq!(wrong(&form), [("budget".to_owned(), problem)]);
    }
}

#[test]
fn a_channel_named_again_is_found_by_its_line() {
    assert_eq!(named_again("wechat 5\n\n app \n wechat -"), Some((4, "wechat".to_owned())));
    assert_eq!(named_again("wechat 5\nwechat b 5"), None);
}

#[test]
fn full_width_digits_and_grouped_counts_are_read() {
    let form = DraftForm {
        amount: "２０".to_owned(),
        min_spend: "１，０００．５０".to_owned(),
        stock: "5,000".to_owned(),
        per_shopper: "３".to_owned(),
        ..plain()
    };
    let draft = form.parse(&conventions()).expect("nothing is wrong");
    let (amount, min_spend) = (Money::minor(2_000), Some(Money::minor(100_050)));
    assert_eq!(draft.benefit, Benefit::AmountOff { amount, min_spend });
    assert_eq!((draft.stock, draft.per_shopper), (Some(5_000), 3));
    let form = DraftForm {
        kind: "percent_off".to_owned(),
        percent: "８．５".to_owned(),
        percent_as: PercentAs::Zhe,
        ..plain()
    };
    let draft = form.parse(&conventions()).expect("nothing is wrong");
    let Benefit::PercentOff { basis_points, .. } = draft.benefit else { panic!("{draft:?}") };
    assert_eq!(basis_points, BasisPoints(1_500));
}

#[rstest]
#[case::off("20", PercentAs::Off, Ok(2_000))]
#[case::off_with_decimals("12.55", PercentAs::Off, Ok(1_255))]
#[case::all("100", PercentAs::Off, Ok(10_000))]
#[case::zhe("8", PercentAs::Zhe, Ok(2_000))]
#[case::eight_and_a_half("8.5", PercentAs::Zhe, Ok(1_500))]
#[case::least("9.9", PercentAs::Zhe, Ok(100))]
#[case::most("0.1", PercentAs::Zhe, Ok(9_900))]
#[case::almost_nothing("9.999", PercentAs::Zhe, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
#[case::free("0", PercentAs::Zhe, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
#[case::nothing_off("0", PercentAs::Off, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
#[case::ten_tenths("10", PercentAs::Zhe, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
#[case::eighty("80", PercentAs::Zhe, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
#[case::more_than_all("101", PercentAs::Off, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
#[case::empty("", PercentAs::Off, Err(Problem::Required))]
#[case::sign("-8", PercentAs::Zhe, Err(Problem::NotANumber))]
#[case::dot("8.", PercentAs::Zhe, Err(Problem::NotANumber))]
#[case::decimals("1.999", PercentAs::Off, Err(Problem::MoreDecimals { decimals: 2 }))]
#[case::long(&"9".repeat(200), PercentAs::Off, Err(Problem::OutOfRange { min: 1, max: 10_000 }))]
fn a_percentage_is_typed_off_or_as_what_is_left(
    #[case] typed: &str,
    #[case] percent_as: PercentAs,
    #[case] expected: Result<u32, Problem>,
) {
    let form = DraftForm {
        kind: "percent_off".to_owned(),
        percent: typed.to_owned(),
        percent_as,
        confirm: "on".to_owned(),
        ..plain()
    };
    match expected {
        Ok(points) => {
            let benefit = form.parse(&conventions()).expect("nothing is wrong").benefit;
            let Benefit::PercentOff { basis_points, .. } = benefit else { panic!("{benefit:?}") };
            assert_eq!(basis_points, BasisPoints(points));
            assert_eq!(write_percent(basis_points, percent_as), typed);
        }
        Err(problem) => assert_eq!(wrong(&form), [("percent".to_owned(), problem)]),
    }
}

#[rstest]
#[case::stock(|f: &mut DraftForm| f.stock = "many".into(), "stock", Problem::NotANumber)]
#[case::endless_stock(|f: &mut DraftForm| f.stock = "9".repeat(200), "stock", Problem::TooLarge)]
#[case::per_shopper(|f: &mut DraftForm| f.per_shopper = String::new(), "per_shopper", Problem::Required)]
#[case::per_shopper_zero(|f: &mut DraftForm| f.per_shopper = "0".into(), "per_shopper", Problem::OutOfRange { min: 1, max: 10_000 })]
#[case::per_shopper_huge(|f: &mut DraftForm| f.per_shopper = "9999999999".into(), "per_shopper", Problem::OutOfRange { min: 1, max: 10_000 })]
#[case::time_without_a_date(|f: &mut DraftForm| f.claim_until_time = "10:00".into(), "claim_until", Problem::Required)]
#[case::no_date(|f: &mut DraftForm| f.valid_from = "30.11.2026".into(), "valid_from", Problem::NotATime)]
#[case::backwards(|f: &mut DraftForm| { f.claim_from = "2026-11-30".into(); f.claim_until = "2026-11-29".into() }, "claim_until", Problem::EndsBeforeItBegins)]
#[case::no_days(|f: &mut DraftForm| f.validity = "days".into(), "days", Problem::Required)]
#[case::bad_hard_end(|f: &mut DraftForm| { f.validity = "days".into(); f.days = "7".into(); f.days_until = "x".into() }, "days_until", Problem::NotATime)]
#[case::category(|f: &mut DraftForm| f.include = vec!["x".repeat(65)], "include", Problem::TooLong { max: 64 })]
#[case::product(|f: &mut DraftForm| f.exclude_products = format!("a\n{}", "x".repeat(65)), "exclude_products", Problem::TooLong { max: 64 })]
#[case::segment(|f: &mut DraftForm| f.audience = "segment".into(), "segment", Problem::Required)]
#[case::channel_twice(|f: &mut DraftForm| f.channels = "wechat 5\nwechat".into(), "channels", Problem::Duplicate)]
#[case::endless_quota(|f: &mut DraftForm| f.channels = format!("wechat {}", "9".repeat(40)), "channels", Problem::TooLarge)]
#[case::no_kind(|f: &mut DraftForm| f.kind = "gift".into(), "kind", Problem::Unknown)]
#[case::no_validity(|f: &mut DraftForm| f.validity = String::new(), "validity", Problem::Unknown)]
#[case::one_step(|f: &mut DraftForm| { f.kind = "tiered".into(); f.steps = vec![step("100", "10")] }, "steps-0-min_spend", Problem::TooFew { min: 2 })]
#[case::no_name(|f: &mut DraftForm| f.name = "  ".into(), "name", Problem::Required)]
#[case::generous(|f: &mut DraftForm| f.amount = "100".into(), "confirm", Problem::NeedsConfirmation)]
fn what_is_wrong_is_told_beside_its_field(
    #[case] change: fn(&mut DraftForm),
    #[case] field: &str,
    #[case] problem: Problem,
) {
    let mut form = plain();
    change(&mut form);
    assert_eq!(wrong(&form), [(field.to_owned(), problem)]);
}

#[test]
fn everything_wrong_is_told_at_once_and_nothing_twice() {
    let form = DraftForm {
        name: String::new(),
        amount: "x".to_owned(),
        min_spend: "y".to_owned(),
        stock: "0".to_owned(),
        ..plain()
    };
    let fields: Vec<String> = wrong(&form).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["amount", "min_spend", "name", "stock"]);
}

#[test]
fn an_end_typed_as_a_date_means_through_that_day() {
    let form = DraftForm { claim_until: "2026-11-30".to_owned(), ..plain() };
    let draft = form.parse(&conventions()).expect("nothing is wrong");
    assert_eq!(draft.claim_window.until, Some("2026-12-01T00:00:00Z".parse().expect("a time")));
    let again = DraftForm::of(&draft, PercentAs::Off, &conventions());
    assert_eq!((again.claim_until.as_str(), again.claim_until_time.as_str()), ("2026-11-30", ""));
}

#[test]
fn a_browser_and_an_empty_post_are_read_without_a_panic() {
    assert!(DraftForm::default().parse(&conventions()).is_err());
}

fn money() -> impl Strategy<Value = Money> {
    (1..1_000_000_000i64).prop_map(Money::minor)
}

fn benefit() -> impl Strategy<Value = Benefit> {
    let steps = (2usize..=STEPS_MAX, money(), money()).prop_map(|(n, min, amount)| {
        let times = |money: Money, i: usize| Money::minor(money.units() * (i as i64 + 1));
        let step = |i| Step { min_spend: times(min, i), amount: times(amount, i) };
        Benefit::Tiered { steps: (0..n).map(step).collect() }
    });
    prop_oneof![
        (money(), option::of(money()))
            .prop_map(|(amount, min_spend)| Benefit::AmountOff { amount, min_spend }),
        (1..=10_000u32, option::of(money()), option::of(money())).prop_map(
            |(points, min_spend, max_discount)| Benefit::PercentOff {
                basis_points: BasisPoints(points),
                min_spend,
                max_discount
            }
        ),
        steps,
        (money(), money(), option::of(1..10_000u32))
            .prop_map(|(per, amount, max_times)| Benefit::Every { per, amount, max_times }),
    ]
}

/// Whole seconds between 2020 and 2035; the second half of a window lies behind the first.
fn window() -> impl Strategy<Value = Window> {
    let at = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0);
    let day = |seconds: i64| seconds - seconds % 86_400;
    (
        option::of(1_577_836_800..1_800_000_000i64),
        option::of(1_800_086_400..2_051_222_400i64),
        any::<bool>(),
    )
        .prop_map(move |(from, until, whole)| {
            let round = |seconds| if whole { day(seconds) } else { seconds };
            Window {
                from: from.and_then(|from| at(round(from))),
                until: until.and_then(|until| at(round(until))),
            }
        })
}

fn lists() -> impl Strategy<Value = Lists> {
    (btree_set("[a-z]{1,8}", 0..4), btree_set("[a-z0-9#-]{1,12}", 0..6)).prop_map(
        |(categories, products)| Lists {
            categories: categories.into_iter().filter_map(|id| id.parse().ok()).collect(),
            products: products.into_iter().filter_map(|id| id.parse().ok()).collect(),
        },
    )
}

fn scope() -> impl Strategy<Value = Scope> {
    let rule = prop_oneof![Just(ScopeRule::EligibleLines), Just(ScopeRule::WholeOrder)];
    (lists(), lists(), rule).prop_map(|(include, exclude, rule)| Scope { include, exclude, rule })
}

type Rules = (Audience, Visibility, Stacking, PartReturn, Vec<ChannelQuota>, Lane);

fn rules() -> impl Strategy<Value = Rules> {
    let audience = prop_oneof![
        Just(Audience::Everyone),
        Just(Audience::NewShoppers),
        "[a-z]{1,9}( [0-9]{1,3})?".prop_map(Audience::Segment),
    ];
    let visibility =
        prop_oneof![Just(Visibility::Listed), Just(Visibility::Link), Just(Visibility::Granted)];
    let stacking = (option::of("[a-z]{1,9}"), any::<bool>())
        .prop_map(|(group, exclusive)| Stacking { group, exclusive });
    let returned = prop_oneof![Just(PartReturn::Keep), Just(PartReturn::ClawBack)];
    let channel = ("[a-z]{1,6}( [0-9]{1,2}| -)?", option::of(1..1_000u64));
    let channels = proptest::collection::btree_map(channel.0, channel.1, 0..4).prop_map(|all| {
        let channel = |(name, quota)| Some(ChannelQuota { name: Channel::new(name).ok()?, quota });
        all.into_iter().filter_map(channel).collect()
    });
    let lane = prop_oneof![Just(Lane::Instant), Just(Lane::Queued)];
    (audience, visibility, stacking, returned, channels, lane)
}

fn draft() -> impl Strategy<Value = Draft> {
    let validity = prop_oneof![
        window().prop_map(Validity::Fixed),
        (1..3_650u32, window())
            .prop_map(|(days, window)| Validity::Days { days, until: window.until }),
    ];
    let limits =
        (option::of(1..1_000_000u64), 1..10_000u32, option::of(1..10_000u32), option::of(money()));
    let text = || option::of("[a-z券]{1,20}(\n[a-z]{1,5})?");
    (
        ("[a-z券 ]{0,20}[a-z]", text(), text(), text()),
        benefit(),
        scope(),
        window(),
        validity,
        limits,
        rules(),
    )
        .prop_map(
            |(
                (name, title, description, terms),
                benefit,
                scope,
                claim_window,
                validity,
                limits,
                rules,
            )| Draft {
                reference: terms.as_deref().map(|past| Reference {
                    past: Named::read(past),
                    by: if title.is_some() { Alignment::Date } else { Alignment::Holiday },
                }),
                name: name.trim().to_owned(),
                title,
                description,
                terms,
                campaign: None,
                benefit,
                scope,
                claim_window,
                validity,
                stock: limits.0,
                per_shopper: limits.1,
                per_shopper_daily: limits.2,
                budget: limits.3,
                audience: rules.0,
                visibility: rules.1,
                lane: rules.5,
                stacking: rules.2,
                part_return: rules.3,
                channels: rules.4,
            },
        )
}

proptest! {
    #[test]
    fn a_draft_survives_its_form(draft in draft(), zhe: bool) {
        let shanghai = |at: Time| domain::calendar::Zone::SHANGHAI.local(at);
        let moment = |local| domain::calendar::Zone::SHANGHAI.moment(local);
        let shop = Conventions { local: &shanghai, moment: &moment, currency: Currency::CNY };
        let percent_as = if zhe { PercentAs::Zhe } else { PercentAs::Off };
        for conventions in [conventions(), shop] {
            let form = DraftForm::of(&draft, percent_as, &conventions);
            let form = DraftForm { confirm: "on".to_owned(), ..form };
            prop_assert_eq!(form.parse(&conventions), Ok(draft.clone()));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,60}", other in ".{0,60}", kind in 0usize..4) {
        let kind = ["amount_off", "percent_off", "tiered", "every"][kind].to_owned();
        let form = DraftForm {
            kind,
            amount: text.clone(),
            percent: text.clone(),
            steps: vec![step(&text, &other), step(&other, &text)],
            per: text.clone(),
            max_times: other.clone(),
            claim_from: text.clone(),
            claim_from_time: other.clone(),
            channels: format!("{text}\n{other}"),
            include_products: text.clone(),
            stock: other,
            ..DraftForm::blank(PercentAs::Zhe)
        };
        if let Err(errors) = form.parse(&conventions()) {
            for error in errors {
                form.field_of(&error.field);
            }
        }
    }
}
