//! Cutting a discount into parts that sum to the whole.

use crate::Money;

/// Apportions `total` by `weights` with the largest-remainder (Hamilton) method: each part gets
/// the floor of its exact share, the units left over go one each to the largest remainders, ties
/// to the earlier part. Where the weights sum to zero nothing is given.
///
/// With `total` at most the sum of the weights no part exceeds its weight.
pub fn apportion(total: Money, weights: &[Money]) -> Vec<Money> {
    let sum: i128 = weights.iter().map(|weight| i128::from(weight.units())).sum();
    if sum <= 0 {
        return vec![Money::ZERO; weights.len()];
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = total.units();
    for (i, weight) in weights.iter().enumerate() {
        let exact = i128::from(total.units()) * i128::from(weight.units());
        let floor = (exact / sum) as i64; // at most `total`
        left -= floor;
        parts.push(Money::minor(floor));
        remainders.push((exact % sum, i));
    }
    // Fewer units are left over than there are parts with a remainder.
    let left = left.max(0) as usize;
    if left > 0 && left < remainders.len() {
        remainders.select_nth_unstable_by(left - 1, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    }
    for &(_, i) in remainders.iter().take(left) {
        parts[i] += Money::minor(1);
    }
    parts
}

/// What unit number `unit` (from 0) of `quantity` carries of a line's running discount: equal
/// parts, the extra minor units to the earlier units.
pub fn unit_part(discount: Money, quantity: u32, unit: u32) -> Money {
    let quantity = i64::from(quantity.max(1));
    let extra = i64::from(unit) < discount.units() % quantity;
    Money::minor(discount.units() / quantity + i64::from(extra))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn amounts(units: &[i64]) -> Vec<Money> {
        units.iter().copied().map(Money::minor).collect()
    }

    #[rstest]
    #[case::a_free_line_takes_no_share(101, &[0, 500, 500], &[0, 51, 50])]
    #[case::left_over_units_go_to_the_earlier(99, &[100, 100, 100, 100, 100], &[20, 20, 20, 20, 19])]
    #[case::the_larger_remainder_first(5000, &[10_000, 20_000], &[1667, 3333])]
    #[case::all_there_is(1000, &[999, 1], &[999, 1])]
    #[case::nothing_to_cut(0, &[5, 5], &[0, 0])]
    #[case::nothing_to_cut_it_by(7, &[0, 0], &[0, 0])]
    fn a_total_is_cut(#[case] total: i64, #[case] weights: &[i64], #[case] parts: &[i64]) {
        assert_eq!(apportion(Money::minor(total), &amounts(weights)), amounts(parts));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_stay_below_their_weights(
            weights in prop::collection::vec(0..100_000i64, 1..40),
            share in 0.0..=1.0f64,
        ) {
            let sum: i64 = weights.iter().sum();
            let total = ((sum as f64 * share) as i64).min(sum);
            let parts = apportion(Money::minor(total), &amounts(&weights));
            prop_assert_eq!(parts.iter().copied().sum::<Money>(), Money::minor(total));
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*part >= Money::ZERO && part.units() <= *weight);
            }
        }

        #[test]
        fn units_sum_to_the_line_and_grow_with_it(
            discount in 0..100_000i64, more in 0..1_000i64, quantity in 1u32..200,
        ) {
            let spread = |d| (0..quantity).map(move |u| unit_part(Money::minor(d), quantity, u));
            prop_assert_eq!(spread(discount).sum::<Money>(), Money::minor(discount));
            for (before, after) in spread(discount).zip(spread(discount + more)) {
                prop_assert!(before <= after);
            }
        }
    }
}
