//! What to add so that a coupon's threshold is reached.

use crate::Money;

/// Of priced things those that close a gap of `missing` alone, the smallest price first; where none
/// is enough alone, the largest prices first. At most `most`; equal prices keep their order, and
/// what costs nothing closes nothing.
pub fn closing<T>(
    missing: Money,
    priced: impl IntoIterator<Item = (T, Money)>,
    most: usize,
) -> Vec<T> {
    let of_worth = priced.into_iter().filter(|(_, price)| *price > Money::ZERO);
    let (mut enough, mut below): (Vec<_>, Vec<_>) =
        of_worth.partition(|(_, price)| *price >= missing);
    enough.sort_by_key(|(_, price)| *price);
    below.sort_by_key(|(_, price)| std::cmp::Reverse(*price));
    let chosen = if enough.is_empty() { below } else { enough };
    chosen.into_iter().take(most).map(|(thing, _)| thing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::the_nearest_price_first(10, &[50, 9, 10, 30], &[10, 30, 50])]
    #[case::exactly_enough_is_enough(30, &[30], &[30])]
    #[case::no_more_than_asked_for(1, &[5, 4, 3, 2, 1], &[1, 2, 3])]
    #[case::the_largest_where_none_is_enough(100, &[20, 90, 99, 5], &[99, 90, 20])]
    #[case::one_that_is_enough_needs_no_others(100, &[99, 120], &[120])]
    #[case::nothing_for_nothing(0, &[0, 7], &[7])]
    #[case::an_empty_shelf(10, &[], &[])]
    fn what_closes_a_gap(#[case] missing: i64, #[case] prices: &[i64], #[case] expected: &[i64]) {
        let priced = prices.iter().map(|price| (*price, Money::minor(*price)));
        assert_eq!(closing(Money::minor(missing), priced, 3), expected);
    }

    #[test]
    fn equal_prices_keep_their_order() {
        let priced = ["b", "a", "c"].map(|name| (name, Money::minor(5)));
        assert_eq!(closing(Money::minor(1), priced, 2), ["b", "a"]);
    }
}
