//! Weekdays apart, level and trend smoothed: MSTL (Bandara, Hyndman and Bergmeir 2021) with ETS beneath
//! (Hyndman and others 2002), as `augurs` has them.

use augurs_core::{Fit, Predict};
use augurs_ets::AutoETS;
use augurs_mstl::MSTLModel;
use domain::forecast::{Expected, LEVEL, Method, Model, WEEK};

/// Looks ahead by what weekdays have in common, and by where level and trend beneath them lead.
#[derive(Debug, Clone, Copy, Default)]
pub struct Smoothed;

impl Model for Smoothed {
    fn method(&self) -> Method {
        Method::Smoothed
    }

    fn ahead(&self, past: &[f64], days: usize) -> Option<Vec<Expected>> {
        // Additive errors, with or without a trend, which may flatten out: those have a band in closed
        // form, while that of others is drawn by chance and would differ from one look to the next.
        let trend = AutoETS::new(1, "AZN").ok()?.into_trend_model();
        let fitted = MSTLModel::new(vec![WEEK], trend).fit(&calmed(past)).ok()?;
        let ahead = fitted.predict(days, LEVEL).ok()?;
        let band = ahead.intervals?;
        let sides = band.lower.iter().zip(&band.upper);
        let day = |(mid, (low, high)): (&f64, (&f64, &f64))| {
            let is_sound = mid.is_finite() && low.is_finite() && high.is_finite();
            is_sound.then(|| Expected::new(*low, *mid, *high))
        };
        ahead.point.iter().zip(sides).map(day).collect()
    }
}

/// How many weeks around a day say what is usual on it, before and after.
const AROUND: usize = 3;
/// Tukey's outer fence, in widths of the middle half (Exploratory Data Analysis, 1977).
const FENCE: f64 = 3.0;

/// The past without what was far out, a holiday or a day of a campaign: such days are taken to have
/// been as their weekdays around them are in the middle. They would lift or sink all that follows them.
fn calmed(past: &[f64]) -> Vec<f64> {
    let weekly = middle(past.iter().skip(WEEK).zip(past).map(|(day, before)| day - before));
    let weekly = weekly.unwrap_or_default();
    let usual: Vec<f64> = (0..past.len()).map(|day| usual(past, day, weekly)).collect();
    let mut off: Vec<f64> = past.iter().zip(&usual).map(|(day, usual)| day - usual).collect();
    off.sort_by(f64::total_cmp);
    let quarter = |n: usize| off.get(off.len() * n / 4).copied().unwrap_or_default();
    let (low, high) = (quarter(1), quarter(3));
    let reach = FENCE * (high - low);
    // Where most days are alike, any other would be far out.
    if reach <= 0.0 {
        return past.to_vec();
    }
    let calm = |(day, usual): (&f64, &f64)| {
        let off = day - usual;
        if off < low - reach || off > high + reach { *usual } else { *day }
    };
    past.iter().zip(&usual).map(calm).collect()
}

/// The middle one of the same weekday around a day, each moved by what a week mostly adds: at either
/// end there are weeks on one side alone.
fn usual(past: &[f64], day: usize, weekly: f64) -> f64 {
    let around = (1..=AROUND).flat_map(|weeks| {
        let (away, added) = (weeks * WEEK, weeks as f64 * weekly);
        let before = day.checked_sub(away).map(|day| past[day] + added);
        let after = past.get(day + away).map(|after| after - added);
        [before, after]
    });
    middle(around.flatten()).unwrap_or(past[day])
}

fn middle(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted.get(half).copied(),
        _ => Some(f64::midpoint(*sorted.get(half.checked_sub(1)?)?, *sorted.get(half)?)),
    }
}

#[cfg(test)]
mod tests {
    use domain::forecast::{NEEDED, of};

    use super::*;

    fn weekly(n: usize) -> Vec<f64> {
        let plain = |day: usize| if day % WEEK < 5 { 10.0 } else { 20.0 };
        (0..n).map(|day| plain(day) + (day % 3) as f64).collect()
    }

    #[test]
    fn a_holiday_is_calmed_and_other_days_stay_as_they_were() {
        let mut past = weekly(70);
        past[30] = 200.0;
        let calm = calmed(&past);
        assert!(calm[30] < 15.0, "{}", calm[30]);
        let others = |days: &[f64]| [&days[..30], &days[31..]].concat();
        assert_eq!(others(&calm), others(&past));
    }

    #[test]
    fn where_hardly_anything_happens_nothing_is_calmed_away() {
        let past: Vec<f64> = (0..70).map(|day| if day % 10 == 3 { 1.0 } else { 0.0 }).collect();
        assert_eq!(calmed(&past), past);
    }

    #[test]
    fn a_trend_is_followed_where_the_last_week_again_falls_behind() {
        let past: Vec<f64> =
            weekly(140).iter().zip(0_u32..).map(|(day, n)| day + f64::from(n)).collect();
        let outlook = of(&past, &[&Smoothed]);
        let ahead = outlook.ahead().unwrap();
        assert_eq!(ahead.method, Method::Smoothed);
        assert!(ahead.accuracy().unwrap().error < ahead.baseline().unwrap().error / 2.0);
        let last = ahead.days[27].mid;
        assert!((175.0..200.0).contains(&last), "{last}");
    }

    #[test]
    fn the_same_past_gives_the_same_forecast_and_odd_ones_give_numbers_or_nothing() {
        let odd =
            [vec![0.0; NEEDED], vec![7.0; NEEDED], [vec![0.0; NEEDED - 1], vec![9.0]].concat()];
        for past in odd {
            let first = Smoothed.ahead(&past, 28);
            assert_eq!(first, Smoothed.ahead(&past, 28));
            assert!(first.is_none_or(|days| days.len() == 28));
        }
    }
}
