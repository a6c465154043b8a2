use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// Ten on a weekday and twenty at weekends, growing by a tenth of one a day where asked.
fn days(n: usize, growing: bool) -> Vec<f64> {
    let plain = |day: usize| if day % WEEK < 5 { 10.0 } else { 20.0 };
    (0..n).map(|day| plain(day) + if growing { day as f64 / 10.0 } else { 0.0 }).collect()
}

/// Says the same of every day.
struct Always(f64);

impl Model for Always {
    fn method(&self) -> Method {
        Method::Smoothed
    }

    fn ahead(&self, _: &[f64], days: usize) -> Option<Vec<Expected>> {
        Some(vec![Expected::new(self.0 - 1.0, self.0, self.0 + 1.0); days])
    }
}

/// Knows nothing.
struct Silent;

impl Model for Silent {
    fn method(&self) -> Method {
        Method::Smoothed
    }

    fn ahead(&self, _: &[f64], _: usize) -> Option<Vec<Expected>> {
        None
    }
}

#[rstest]
#[case::nothing(0)]
#[case::a_week(7)]
#[case::a_day_short(NEEDED - 1)]
fn on_too_little_history_it_says_how_little(#[case] n: usize) {
    let said = of(&days(n, false), &[&Always(10.0)]);
    assert_eq!(said, Outlook::TooLittle { days: n, needed: 56 });
}

#[test]
fn what_repeats_is_foretold_to_the_unit() {
    let past = days(NEEDED, false);
    let outlook = of(&past, &[]);
    let ahead = outlook.ahead().unwrap();
    assert_eq!(ahead.method, Method::LastWeek);
    let mids: Vec<f64> = ahead.days.iter().map(|day| day.mid).collect();
    assert_eq!(mids, days(AHEAD, false), "the first day is a Monday again");
    let accuracy = ahead.accuracy().unwrap();
    assert_eq!((accuracy.error, accuracy.scaled, accuracy.within), (0.0, None, 1.0));
}

#[test]
fn the_error_is_scaled_by_what_the_last_week_again_was_off_by_before() {
    // A week later everything is 0.7 more: the baseline is off by that, and by as much before.
    let accuracy = back_test(&LastWeek, &days(NEEDED, true)).unwrap();
    assert!((accuracy.error - 0.7).abs() < 1e-9);
    assert!((accuracy.scaled.unwrap() - 1.0).abs() < 1e-9);
    assert_eq!(accuracy.within, 1.0);
}

#[rstest]
#[case::a_week_where_there_is_little(ENOUGH - 1, WEEK, 1.0)]
#[case::as_far_as_is_told_where_there_is_enough(ENOUGH, AHEAD, 2.5)]
#[case::of_a_year(365, AHEAD, 2.5)]
fn the_past_is_tried_as_far_ahead_as_it_bears(
    #[case] n: usize,
    #[case] ahead: usize,
    #[case] scaled: f64,
) {
    // Off by 0.7 more with every week ahead, where the time before was off by 0.7.
    let accuracy = back_test(&LastWeek, &days(n, true)).unwrap();
    assert_eq!(accuracy.ahead, ahead);
    assert!((accuracy.scaled.unwrap() - scaled).abs() < 1e-9, "{accuracy:?}");
    let outlook = of(&days(n, true), &[&Always(10.0)]);
    let tried = &outlook.ahead().unwrap().tried;
    assert!(tried.iter().all(|tried| tried.ahead == ahead), "both by the same days: {tried:?}");
}

#[test]
fn whichever_did_best_is_asked_and_all_that_were_tried_are_told() {
    let past = vec![3.0; NEEDED];
    let worse = of(&past, &[&Always(9.0)]);
    assert_eq!(worse.ahead().unwrap().method, Method::LastWeek);
    assert_eq!(worse.ahead().unwrap().tried.len(), 2);
    // As good is not better.
    assert_eq!(of(&past, &[&Always(3.0)]).ahead().unwrap().method, Method::LastWeek);
    let odd: Vec<f64> = (0..NEEDED).map(|day| if day % 2 == 0 { 2.0 } else { 4.0 }).collect();
    let better = of(&odd, &[&Always(3.0)]);
    let better = better.ahead().unwrap();
    assert_eq!(better.method, Method::Smoothed);
    assert_eq!(better.accuracy().unwrap().error, 1.0);
    assert_eq!(better.baseline().unwrap().error, 2.0);
}

#[test]
fn one_that_cannot_tell_or_tells_no_numbers_is_left_out() {
    let past = days(NEEDED, true);
    for model in [&Silent as &dyn Model, &Always(f64::NAN)] {
        let outlook = of(&past, &[model]);
        assert_eq!(outlook.ahead().unwrap().tried.len(), 1);
    }
}

#[rstest]
#[case::gone(0.0, RunsOut::Gone)]
#[case::plenty(200.0, RunsOut::NotYet)]
#[case::the_first_day(1.0, RunsOut::On { earliest: 0, likely: Some(0), latest: Some(0) })]
#[case::a_range(10.0, RunsOut::On { earliest: 2, likely: Some(4), latest: Some(9) })]
#[case::perhaps(30.0, RunsOut::On { earliest: 7, likely: None, latest: None })]
fn what_is_left_runs_out_on_a_day_with_a_range(#[case] left: f64, #[case] expected: RunsOut) {
    let days = vec![Expected::new(1.0, 2.0, 4.0); 10];
    assert_eq!(runs_out(left, &days), expected);
}

#[test]
fn the_last_day_still_counts() {
    let days = vec![Expected::new(1.0, 2.0, 3.0); 10];
    let on = |left| match runs_out(left, &days) {
        RunsOut::On { earliest, likely, .. } => (earliest, likely),
        other => panic!("{other:?}"),
    };
    assert_eq!(on(20.0), (6, Some(9)));
    assert_eq!(on(20.5), (6, None));
}

proptest! {
    #[test]
    fn the_band_holds_its_line_and_nothing_goes_below_zero(
        past in prop::collection::vec(0.0..1e6_f64, NEEDED..=200),
    ) {
        let outlook = of(&past, &[&Always(5.0)]);
        let ahead = outlook.ahead().unwrap();
        prop_assert_eq!(ahead.days.len(), AHEAD);
        for day in &ahead.days {
            prop_assert!(0.0 <= day.low && day.low <= day.mid && day.mid <= day.high);
        }
        let accuracy = ahead.accuracy().unwrap();
        prop_assert!(ahead.tried.iter().all(|tried| accuracy.error <= tried.error));
        prop_assert!((0.0..=1.0).contains(&accuracy.within));
    }

    #[test]
    fn sums_never_fall_and_less_is_gone_no_later(
        days in prop::collection::vec((0.0..9.0_f64, 0.0..9.0_f64, 0.0..9.0_f64), 1..40),
        left in 0.1..200.0_f64,
        less in 0.1..1.0_f64,
    ) {
        let days: Vec<_> =
            days.into_iter().map(|(a, b, c)| Expected::new(b - a, b, b + c)).collect();
        let sums = cumulative(&days);
        for pair in sums.windows(2) {
            prop_assert!(pair[0].low <= pair[1].low);
            prop_assert!(pair[0].mid <= pair[1].mid);
            prop_assert!(pair[0].high <= pair[1].high);
        }
        let earliest = |left| match runs_out(left, &days) {
            RunsOut::Gone => 0,
            RunsOut::NotYet => usize::MAX,
            RunsOut::On { earliest, likely, latest } => {
                assert!(likely.is_none_or(|likely| earliest <= likely));
                assert!(latest.is_none_or(|latest| likely.is_some_and(|likely| likely <= latest)));
                earliest
            }
        };
        prop_assert!(earliest(left * less) <= earliest(left));
    }
}
