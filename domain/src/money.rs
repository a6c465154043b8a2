//! Amounts: whole minor units of the deployment's one currency, never a float.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::Problem;

/// An amount in minor units (cents, fen).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount a cart or template may name: it leaves room to add many of them.
    pub const MAX: Self = Self(1_000_000_000_000_000);

    /// From minor units.
    pub const fn minor(units: i64) -> Self {
        Self(units)
    }

    /// In minor units.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Nothing at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, unless it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, unless it does not fit.
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        self.0.checked_mul(i64::try_from(times).ok()?).map(Self)
    }

    /// The difference, or nothing where it would go below zero.
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// Adds up, unless the sum does not fit.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

/// For amounts that are parts of a cart already checked to fit.
impl std::ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// For amounts that are parts of a cart already checked to fit.
impl std::ops::Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, std::ops::Add::add)
    }
}

/// A share of an amount in hundredths of a percent: 1500 is 15 % (八五折 when taken off).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// This share of `amount`, rounded half away from zero to a minor unit: the one rounding rule.
    pub fn of(self, amount: Money) -> Money {
        let exact = Decimal::from(amount.0) * Decimal::new(i64::from(self.0), 4);
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        // A share of at most the whole fits wherever the amount did.
        Money(rounded.to_i64().unwrap_or(amount.0))
    }
}

/// The deployment's currency: ISO 4217 code, decimals and sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(&'static Known);

#[derive(Debug, PartialEq, Eq)]
struct Known {
    code: &'static str,
    decimals: u32,
    sign: &'static str,
}

const CURRENCIES: &[Known] = &[
    Known { code: "CNY", decimals: 2, sign: "¥" },
    Known { code: "HKD", decimals: 2, sign: "HK$" },
    Known { code: "TWD", decimals: 2, sign: "NT$" },
    Known { code: "SGD", decimals: 2, sign: "S$" },
    Known { code: "MYR", decimals: 2, sign: "RM" },
    Known { code: "USD", decimals: 2, sign: "$" },
    Known { code: "EUR", decimals: 2, sign: "€" },
    Known { code: "GBP", decimals: 2, sign: "£" },
    Known { code: "AUD", decimals: 2, sign: "A$" },
    Known { code: "CAD", decimals: 2, sign: "C$" },
    Known { code: "NZD", decimals: 2, sign: "NZ$" },
    Known { code: "CHF", decimals: 2, sign: "CHF " },
    Known { code: "SEK", decimals: 2, sign: "SEK " },
    Known { code: "NOK", decimals: 2, sign: "NOK " },
    Known { code: "DKK", decimals: 2, sign: "DKK " },
    Known { code: "PLN", decimals: 2, sign: "PLN " },
    Known { code: "INR", decimals: 2, sign: "₹" },
    Known { code: "THB", decimals: 2, sign: "฿" },
    Known { code: "PHP", decimals: 2, sign: "₱" },
    Known { code: "BRL", decimals: 2, sign: "R$" },
    Known { code: "JPY", decimals: 0, sign: "¥" },
    Known { code: "KRW", decimals: 0, sign: "₩" },
    Known { code: "VND", decimals: 0, sign: "₫" },
    Known { code: "KWD", decimals: 3, sign: "KWD " },
];

impl Currency {
    /// Renminbi, the default.
    pub const CNY: Self = Self(&CURRENCIES[0]);

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// How many digits follow the point.
    pub fn decimals(self) -> u32 {
        self.0.decimals
    }

    /// What stands before an amount on a page.
    pub fn sign(self) -> &'static str {
        self.0.sign
    }

    /// Reads a plain decimal amount, not negative: `12`, `12.3`, `12.30`. Refused are more
    /// decimals than the currency has, `.5`, `5.`, `012`, signs, exponents, spaces, digits other
    /// than 0–9, and what is above [`Money::MAX`].
    pub fn parse(self, text: &str) -> Result<Money, Problem> {
        if text.is_empty() {
            return Err(Problem::Required);
        }
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !digits(whole) || leading_zero || fraction.is_some_and(|part| !digits(part)) {
            return Err(Problem::NotMoney);
        }
        if fraction.is_some_and(|part| part.len() > self.decimals() as usize) {
            return Err(Problem::MoreDecimals { decimals: self.decimals() });
        }
        // 28 digits are what a Decimal holds; nothing that long is below the maximum.
        if whole.len() > 20 {
            return Err(Problem::TooLarge);
        }
        let mut amount = Decimal::from_str_exact(text).map_err(|_| Problem::NotMoney)?;
        amount.rescale(self.decimals());
        let units = i64::try_from(amount.mantissa()).map_err(|_| Problem::TooLarge)?;
        if units > Money::MAX.0 { Err(Problem::TooLarge) } else { Ok(Money(units)) }
    }

    /// With all its decimals and nothing else: `12.30`.
    pub fn format(self, amount: Money) -> String {
        Decimal::new(amount.0, self.decimals()).to_string()
    }

    /// For a sentence: sign first, no empty decimals, thousands apart: `¥1,200`, `¥12.30`.
    pub fn show(self, amount: Money) -> String {
        let shown = self.show_whole(amount);
        match shown.rsplit_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => {
                whole.to_owned()
            }
            _ => shown,
        }
    }

    /// For a column, where amounts line up: the same with all its decimals, `¥1,200.00`.
    pub fn show_whole(self, amount: Money) -> String {
        let text = self.format(Money(amount.0.abs()));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut shown = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                shown.push(',');
            }
            shown.push(digit);
        }
        if !fraction.is_empty() {
            shown.push('.');
            shown.push_str(fraction);
        }
        let minus = if amount.0 < 0 { "-" } else { "" };
        format!("{minus}{}{shown}", self.sign())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = Problem;
    fn from_str(code: &str) -> Result<Self, Problem> {
        CURRENCIES.iter().find(|known| known.code == code).map(Self).ok_or(Problem::Unknown)
    }
}

impl TryFrom<String> for Currency {
    type Error = Problem;
    fn try_from(code: String) -> Result<Self, Problem> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("0", 0)]
    #[case("12", 1200)]
    #[case("12.3", 1230)]
    #[case("12.30", 1230)]
    #[case("0.01", 1)]
    #[case("10000000000000", 1_000_000_000_000_000)]
    fn plain_amounts_are_read(#[case] text: &str, #[case] units: i64) {
        assert_eq!(Currency::CNY.parse(text), Ok(Money(units)));
    }

    #[rstest]
    #[case("", Problem::Required)]
    #[case("1e3", Problem::NotMoney)]
    #[case("-5", Problem::NotMoney)]
    #[case("+5", Problem::NotMoney)]
    #[case(".5", Problem::NotMoney)]
    #[case("5.", Problem::NotMoney)]
    #[case("012", Problem::NotMoney)]
    #[case("1,000", Problem::NotMoney)]
    #[case("１２", Problem::NotMoney)]
    #[case("NaN", Problem::NotMoney)]
    #[case(" 1", Problem::NotMoney)]
    #[case("1_0", Problem::NotMoney)]
    #[case("1.999", Problem::MoreDecimals { decimals: 2 })]
    #[case("10000000000000.01", Problem::TooLarge)]
    fn odd_amounts_are_refused(#[case] text: &str, #[case] problem: Problem) {
        assert_eq!(Currency::CNY.parse(text), Err(problem));
    }

    #[test]
    fn two_hundred_digits_are_too_large() {
        assert_eq!(Currency::CNY.parse(&"9".repeat(200)), Err(Problem::TooLarge));
        let long = format!("1.{}", "0".repeat(200));
        assert_eq!(Currency::CNY.parse(&long), Err(Problem::MoreDecimals { decimals: 2 }));
    }

    #[test]
    fn a_currency_without_decimals_takes_none() {
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(yen.parse("1200"), Ok(Money(1200)));
        assert_eq!(yen.parse("1.0"), Err(Problem::MoreDecimals { decimals: 0 }));
        assert_eq!(yen.format(Money(1200)), "1200");
    }

    #[rstest]
    #[case(2000, "¥20")]
    #[case(1230, "¥12.30")]
    #[case(123_456_789, "¥1,234,567.89")]
    #[case(100_000, "¥1,000")]
    #[case(-50, "-¥0.50")]
    fn amounts_are_shown_short(#[case] units: i64, #[case] text: &str) {
        assert_eq!(Currency::CNY.show(Money(units)), text);
    }

    #[test]
    fn amounts_in_a_column_have_all_their_decimals() {
        let shown = [2000, 1230, 100_000, -2000].map(|it| Currency::CNY.show_whole(Money(it)));
        assert_eq!(shown, ["¥20.00", "¥12.30", "¥1,000.00", "-¥20.00"]);
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!([yen.show_whole(Money(1200)), yen.show(Money(1200))], ["¥1,200", "¥1,200"]);
    }

    #[rstest]
    #[case(10, 500, 1)] // half a cent goes up
    #[case(30, 1500, 5)] // 4.5
    #[case(99_990, 3300, 32_997)]
    #[case(9, 500, 0)]
    #[case(777, 10_000, 777)]
    fn a_share_is_rounded_half_away_from_zero(
        #[case] amount: i64,
        #[case] points: u32,
        #[case] share: i64,
    ) {
        assert_eq!(BasisPoints(points).of(Money(amount)), Money(share));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(units in 0..=Money::MAX.0) {
            let text = Currency::CNY.format(Money(units));
            prop_assert_eq!(Currency::CNY.parse(&text), Ok(Money(units)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,80}") {
            let _ = Currency::CNY.parse(&text);
        }

        #[test]
        fn a_larger_amount_has_no_smaller_share(a in 0..1_000_000i64, b in 0..1_000_000i64, points in 0u32..=10_000) {
            let (low, high) = (Money(a.min(b)), Money(a.max(b)));
            prop_assert!(BasisPoints(points).of(low) <= BasisPoints(points).of(high));
            prop_assert!(BasisPoints(points).of(high) <= high);
        }
    }
}
