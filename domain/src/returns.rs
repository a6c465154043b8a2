//! Paying back a redeemed order, line by line and unit by unit, exact to the minor unit.
//!
//! A [`Purchase`] is rebuilt from what was redeemed and every return since, in order; each return
//! then follows from the same rules, so the store needs no second truth.

use serde::{Deserialize, Serialize};

use crate::benefit::Benefit;
use crate::quote::{Applied, Quote};
use crate::split::{apportion, unit_part};
use crate::template::PartReturn;
use crate::{Code, FieldError, LineId, Money, Problem, Refusal};

/// What a refund asks to give back; the fields of a refusal are `lines.N.…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The lines, or `None` for everything that is left.
    pub lines: Option<Vec<RequestLine>>,
}

/// One line to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// Which.
    pub id: LineId,
    /// How much of it.
    pub part: Part,
}

/// How much of a line goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// So many units, earliest first.
    Quantity(u32),
    /// So much of its gross: a short weight or a price correction of a single unit.
    Amount(Money),
}

/// What a return pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// In all; the lines sum to it.
    pub amount: Money,
    /// Per line, in the order of the purchase.
    pub lines: Vec<ReturnedLine>,
    /// Coupons of which every covered unit is back now, in order of application.
    pub completed: Vec<Code>,
    /// By how much each coupon lowered it, since the goods kept no longer earn as much, in order
    /// of application.
    pub clawed: Vec<Money>,
}

/// What one line pays back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedLine {
    /// Which.
    pub id: LineId,
    /// Units that are back with this return; zero while part of a single unit's gross is kept.
    pub quantity: u32,
    /// What it pays, after what is clawed back.
    pub amount: Money,
}

/// A redeemed coupon as returns need it.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// Its code.
    pub code: Code,
    /// What it took off.
    pub benefit: Benefit,
    /// What a part return does.
    pub part_return: PartReturn,
}

/// A redeemed order and what of it is still with the shopper.
#[derive(Debug, Clone)]
pub struct Purchase {
    lines: Vec<Line>,
    coupons: Vec<Coupon>,
}

#[derive(Debug, Clone)]
struct Line {
    id: LineId,
    quantity: u32,
    /// What the shopper still has, earliest unit first; units go back from the front.
    kept: Vec<Run>,
}

/// Units next to each other that are alike: a line of ten thousand is a handful of these. Each has
/// its price, and each coupon's share of it.
#[derive(Debug, Clone)]
struct Run {
    count: u32,
    gross: Money,
    shares: Vec<Money>,
}

#[derive(Debug, Clone)]
struct Coupon {
    redeemed: Redeemed,
    /// Whether it covered each line.
    covers: Vec<bool>,
    is_completed: bool,
}

impl Run {
    /// What all coupons take off one unit.
    fn share(&self) -> Money {
        self.shares.iter().copied().sum()
    }

    /// What giving one unit back pays.
    fn pays(&self) -> Money {
        self.gross - self.share()
    }

    /// So much for each unit of the run.
    fn times(&self, of_one: Money) -> Money {
        of_one.checked_mul(u64::from(self.count)).unwrap_or(Money::MAX)
    }
}

impl Line {
    fn kept_units(&self) -> u32 {
        self.kept.iter().map(|run| run.count).sum()
    }

    /// Adds up something of each kept unit.
    fn sum(&self, of_one: impl Fn(&Run) -> Money) -> Money {
        self.kept.iter().map(|run| run.times(of_one(run))).sum()
    }
}

impl Purchase {
    /// The purchase as it was paid; `coupons` in the order of `quote.applied`.
    pub fn new(quote: &Quote, coupons: Vec<Redeemed>) -> Self {
        let lines = quote.lines.iter().enumerate().map(|(at, quoted)| Line {
            id: quoted.line.id.clone(),
            quantity: quoted.line.quantity,
            kept: runs(quote, at),
        });
        let coupons = quote.applied.iter().zip(coupons).map(|(applied, redeemed)| {
            let covers = (0..quote.lines.len()).map(|at| applied.covered.contains(&at)).collect();
            Coupon { redeemed, covers, is_completed: false }
        });
        Self { lines: lines.collect(), coupons: coupons.collect() }
    }

    /// What giving everything back now would pay.
    pub fn left(&self) -> Money {
        self.lines.iter().map(|line| line.sum(Run::pays)).sum()
    }

    /// What of each coupon is still on goods the shopper keeps, in order of application.
    pub fn kept_shares(&self) -> Vec<Money> {
        let kept =
            |which: usize| self.lines.iter().map(|line| line.sum(|run| run.shares[which])).sum();
        (0..self.coupons.len()).map(kept).collect()
    }

    /// What each unit of a line that is still kept carries of the discounts.
    pub fn unit_shares(&self, line: usize) -> Vec<Money> {
        let alike = |run: &Run| std::iter::repeat_n(run.share(), run.count as usize);
        self.lines[line].kept.iter().flat_map(alike).collect()
    }

    /// How many units of a line are back.
    pub fn returned(&self, line: usize) -> u32 {
        self.lines[line].quantity - self.lines[line].kept_units()
    }

    /// Gives lines back and says what that pays. Refused as `invalid` where more is asked for
    /// than was bought; then nothing has changed.
    pub fn give_back(&mut self, request: &Request) -> Result<Return, Refusal> {
        let parts = self.parts(request)?;
        let mut lines = Vec::new();
        for (at, part) in parts.into_iter().enumerate() {
            let Some(part) = part else { continue };
            let line = &mut self.lines[at];
            let before = line.kept_units();
            let amount = line.take(part);
            let quantity = before - line.kept_units();
            lines.push(ReturnedLine { id: line.id.clone(), quantity, amount });
        }
        let amounts: Vec<Money> = lines.iter().map(|line| line.amount).collect();
        let pays: Money = amounts.iter().copied().sum();
        let clawed = self.claw_back(pays);
        let less: Money = clawed.iter().copied().sum();
        for (line, part) in lines.iter_mut().zip(apportion(less, &amounts)) {
            line.amount -= part;
        }
        Ok(Return { amount: pays - less, lines, completed: self.complete(), clawed })
    }

    /// What the request asks of each line.
    fn parts(&self, request: &Request) -> Result<Vec<Option<Part>>, Refusal> {
        let all = |line: &Line| (!line.kept.is_empty()).then(|| Part::Quantity(line.kept_units()));
        let Some(asked) = &request.lines else {
            return Ok(self.lines.iter().map(all).collect());
        };
        let mut parts: Vec<Option<Part>> = vec![None; self.lines.len()];
        let mut fields = Vec::new();
        for (i, ask) in asked.iter().enumerate() {
            let mut wrong = |field: &str, problem| {
                fields.push(FieldError::new(format!("lines.{i}.{field}"), problem));
            };
            let Some(at) = self.lines.iter().position(|line| line.id == ask.id) else {
                wrong("id", Problem::Unknown);
                continue;
            };
            let line = &self.lines[at];
            let kept = line.sum(|run| run.gross);
            match ask.part {
                _ if parts[at].is_some() => wrong("id", Problem::Duplicate),
                Part::Quantity(0) => wrong("quantity", Problem::NotAboveZero),
                Part::Quantity(n) if n > line.kept_units() => {
                    wrong("quantity", Problem::MoreThanBought);
                }
                Part::Amount(_) if line.quantity != 1 => {
                    wrong("amount", Problem::OutOfRange { min: 1, max: 1 });
                }
                Part::Amount(amount) if amount <= Money::ZERO => {
                    wrong("amount", Problem::NotAboveZero);
                }
                Part::Amount(amount) if amount > kept => wrong("amount", Problem::MoreThanBought),
                part => parts[at] = Some(part),
            }
        }
        if asked.is_empty() {
            fields.push(FieldError::new("lines", Problem::TooFew { min: 1 }));
        }
        if fields.is_empty() { Ok(parts) } else { Err(Refusal::Invalid { fields }) }
    }

    /// Lowers a refund by what kept goods no longer earn, coupon by coupon in order of
    /// application, each from what is left of it; the shares on kept units fall by as much. Says
    /// what each coupon took.
    fn claw_back(&mut self, refund: Money) -> Vec<Money> {
        let mut left = refund;
        let mut clawed = vec![Money::ZERO; self.coupons.len()];
        for (which, of_coupon) in clawed.iter_mut().enumerate() {
            let coupon = &self.coupons[which];
            if coupon.redeemed.part_return == PartReturn::Keep {
                continue;
            }
            let covered = self.lines.iter().zip(&coupon.covers).filter(|(_, covers)| **covers);
            let (mut base, mut share) = (Money::ZERO, Money::ZERO);
            for (line, _) in covered {
                base += line.sum(|run| run.gross);
                share += line.sum(|run| run.shares[which]);
            }
            let unearned = share.less(earned(&coupon.redeemed.benefit, base, share));
            let taken = unearned.min(left);
            self.lower_shares(which, taken);
            left -= taken;
            *of_coupon = taken;
        }
        clawed
    }

    /// Takes `amount` off a coupon's shares on kept units: over lines by their shares, then over
    /// units.
    fn lower_shares(&mut self, which: usize, amount: Money) {
        let of_lines: Vec<Money> =
            self.lines.iter().map(|line| line.sum(|run| run.shares[which])).collect();
        for (line, part) in self.lines.iter_mut().zip(apportion(amount, &of_lines)) {
            line.lower_shares(which, part);
        }
    }

    /// The coupons that this return completes.
    fn complete(&mut self) -> Vec<Code> {
        let mut completed = Vec::new();
        for coupon in self.coupons.iter_mut().filter(|coupon| !coupon.is_completed) {
            let mut covered = self.lines.iter().zip(&coupon.covers).filter(|(_, covers)| **covers);
            coupon.is_completed = covered.all(|(line, _)| line.kept.is_empty());
            if coupon.is_completed {
                completed.push(coupon.redeemed.code);
            }
        }
        completed
    }
}

/// What kept goods that come to `base` still earn of the `share` they carry.
fn earned(benefit: &Benefit, base: Money, share: Money) -> Money {
    match benefit {
        Benefit::AmountOff { .. } | Benefit::PercentOff { .. } => {
            if base < benefit.threshold() {
                Money::ZERO
            } else {
                share
            }
        }
        Benefit::Tiered { .. } | Benefit::Every { .. } => benefit.discount(base, base),
    }
}

/// The units of a line as they were paid. They differ only where a coupon's odd minor units end.
fn runs(quote: &Quote, at: usize) -> Vec<Run> {
    let line = &quote.lines[at].line;
    let mut ends = vec![line.quantity];
    let mut running = Money::ZERO;
    for applied in &quote.applied {
        running += applied.shares[at];
        // At most the quantity, which is at most 9999.
        ends.push((running.units() % i64::from(line.quantity.max(1))) as u32);
    }
    ends.sort_unstable();
    ends.dedup();
    let mut begin = 0;
    let run = |end: u32| {
        let unit = std::mem::replace(&mut begin, end);
        let mut running = Money::ZERO;
        let share = |applied: &Applied| {
            let before = unit_part(running, line.quantity, unit);
            running += applied.shares[at];
            unit_part(running, line.quantity, unit) - before
        };
        let shares = quote.applied.iter().map(share).collect();
        Run { count: end - unit, gross: line.unit_price, shares }
    };
    ends.into_iter().map(run).filter(|run| run.count > 0).collect()
}

impl Line {
    /// Takes a part off the line and says what it pays: price less share.
    fn take(&mut self, part: Part) -> Money {
        match part {
            Part::Quantity(quantity) => self.take_units(quantity),
            Part::Amount(amount) if amount == self.kept[0].gross => self.take_units(1),
            Part::Amount(amount) => self.kept[0].take_amount(amount),
        }
    }

    fn take_units(&mut self, mut quantity: u32) -> Money {
        let mut pays = Money::ZERO;
        for run in &mut self.kept {
            let gone = Run { count: quantity.min(run.count), ..run.clone() };
            pays += gone.times(gone.pays());
            run.count -= gone.count;
            quantity -= gone.count;
        }
        self.kept.retain(|run| run.count > 0);
        pays
    }

    /// Takes `amount` off a coupon's shares on the kept units: the largest-remainder method over
    /// units, by runs. Units of a run have the same weight and so the same floor and remainder; a
    /// run is cut where the units left over end.
    fn lower_shares(&mut self, which: usize, amount: Money) {
        let sum = i128::from(self.sum(|run| run.shares[which]).units());
        if sum <= 0 {
            return;
        }
        let exact = |run: &Run| i128::from(amount.units()) * i128::from(run.shares[which].units());
        let floor = |run: &Run| Money::minor((exact(run) / sum) as i64); // at most `amount`
        let mut left = (amount - self.sum(floor)).units();
        let mut order: Vec<usize> = (0..self.kept.len()).collect();
        order.sort_by_key(|&at| (std::cmp::Reverse(exact(&self.kept[at]) % sum), at));
        let mut extras = vec![0; self.kept.len()];
        for at in order {
            extras[at] = left.clamp(0, i64::from(self.kept[at].count)) as u32;
            left -= i64::from(extras[at]);
        }
        let lowered = |run: &Run, count: u32, by: Money| {
            let mut lowered = Run { count, ..run.clone() };
            lowered.shares[which] -= by;
            lowered
        };
        let cut = |(run, extra): (&Run, u32)| {
            let floor = floor(run);
            [lowered(run, extra, floor + Money::minor(1)), lowered(run, run.count - extra, floor)]
        };
        let runs = self.kept.iter().zip(extras).flat_map(cut);
        self.kept = runs.filter(|run| run.count > 0).collect();
    }
}

impl Run {
    /// Takes part of a single unit's price and, floored, the same fraction of its share.
    fn take_amount(&mut self, amount: Money) -> Money {
        let fraction = i128::from(self.share().units()) * i128::from(amount.units())
            / i128::from(self.gross.units().max(1));
        let share = Money::minor(fraction as i64); // at most the share
        let parts = apportion(share, &self.shares);
        self.shares.iter_mut().zip(parts).for_each(|(kept, part)| *kept -= part);
        self.gross -= amount;
        amount - share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lowering_by_runs_is_lowering_unit_by_unit(
            runs in prop::collection::vec((1u32..5, 0i64..20), 1..6),
            part in 0.0..=1.0f64,
        ) {
            let run = |(count, share): &(u32, i64)| Run {
                count: *count,
                gross: Money::minor(100),
                shares: vec![Money::minor(*share)],
            };
            let id = LineId::new("l").unwrap();
            let mut line = Line { id, quantity: 0, kept: runs.iter().map(run).collect() };
            let shares = |line: &Line| -> Vec<Money> {
                let alike = |run: &Run| std::iter::repeat_n(run.shares[0], run.count as usize);
                line.kept.iter().flat_map(alike).collect()
            };
            let before = shares(&line);
            let sum: Money = before.iter().copied().sum();
            let amount = Money::minor((sum.units() as f64 * part) as i64);
            line.lower_shares(0, amount);
            let parts = apportion(amount, &before);
            let lowered: Vec<Money> = before.iter().zip(parts).map(|(b, p)| *b - p).collect();
            prop_assert_eq!(shares(&line), lowered);
        }
    }
}
