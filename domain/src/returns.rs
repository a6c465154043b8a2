//! Paying back a redeemed order, line by line and unit by unit, exact to the minor unit.
//!
//! A [`Purchase`] is rebuilt from what was redeemed and every return since, in order; each return
//! then follows from the same rules, so the store needs no second truth.

use serde::{Deserialize, Serialize};

use crate::benefit::Benefit;
use crate::quote::Quote;
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
    /// Units go back from the front; the first `returned` are gone.
    units: Vec<Unit>,
    returned: usize,
}

/// What is still with the shopper of one unit: its price, and each coupon's share of it.
#[derive(Debug, Clone)]
struct Unit {
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

impl Unit {
    fn share(&self) -> Money {
        self.shares.iter().copied().sum()
    }
}

impl Line {
    fn kept(&self) -> &[Unit] {
        &self.units[self.returned..]
    }
}

impl Purchase {
    /// The purchase as it was paid; `coupons` in the order of `quote.applied`.
    pub fn new(quote: &Quote, coupons: Vec<Redeemed>) -> Self {
        let lines = quote.lines.iter().enumerate().map(|(at, quoted)| {
            let quantity = quoted.line.quantity;
            let unit = |number: u32| {
                let mut running = Money::ZERO;
                let share = |applied: &crate::quote::Applied| {
                    let before = unit_part(running, quantity, number);
                    running += applied.shares[at];
                    unit_part(running, quantity, number) - before
                };
                let shares = quote.applied.iter().map(share).collect();
                Unit { gross: quoted.line.unit_price, shares }
            };
            let units = (0..quantity).map(unit).collect();
            Line { id: quoted.line.id.clone(), units, returned: 0 }
        });
        let coupons = quote.applied.iter().zip(coupons).map(|(applied, redeemed)| {
            let covers = (0..quote.lines.len()).map(|at| applied.covered.contains(&at)).collect();
            Coupon { redeemed, covers, is_completed: false }
        });
        Self { lines: lines.collect(), coupons: coupons.collect() }
    }

    /// What giving everything back now would pay.
    pub fn left(&self) -> Money {
        let kept = self.lines.iter().flat_map(Line::kept);
        kept.map(|unit| unit.gross - unit.share()).sum()
    }

    /// What of each coupon is still on goods the shopper keeps, in order of application.
    pub fn kept_shares(&self) -> Vec<Money> {
        let kept = |which: usize| {
            self.lines.iter().flat_map(Line::kept).map(|unit| unit.shares[which]).sum()
        };
        (0..self.coupons.len()).map(kept).collect()
    }

    /// What each unit of a line carries of the discounts; for those given back, what it carried.
    pub fn unit_shares(&self, line: usize) -> Vec<Money> {
        self.lines[line].units.iter().map(Unit::share).collect()
    }

    /// How many units of a line are back.
    pub fn returned(&self, line: usize) -> u32 {
        self.lines[line].returned as u32
    }

    /// Gives lines back and says what that pays. Refused as `invalid` where more is asked for
    /// than was bought; then nothing has changed.
    pub fn give_back(&mut self, request: &Request) -> Result<Return, Refusal> {
        let parts = self.parts(request)?;
        let mut lines = Vec::new();
        for (at, part) in parts.into_iter().enumerate() {
            let Some(part) = part else { continue };
            let line = &mut self.lines[at];
            let before = line.returned;
            let amount = line.take(part);
            let quantity = (line.returned - before) as u32;
            lines.push(ReturnedLine { id: line.id.clone(), quantity, amount });
        }
        let amounts: Vec<Money> = lines.iter().map(|line| line.amount).collect();
        let pays: Money = amounts.iter().copied().sum();
        let clawed = self.claw_back(pays);
        for (line, part) in lines.iter_mut().zip(apportion(clawed, &amounts)) {
            line.amount -= part;
        }
        Ok(Return { amount: pays - clawed, lines, completed: self.complete() })
    }

    /// What the request asks of each line.
    fn parts(&self, request: &Request) -> Result<Vec<Option<Part>>, Refusal> {
        let all = |line: &Line| {
            (!line.kept().is_empty()).then(|| Part::Quantity(line.kept().len() as u32))
        };
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
            let kept: Money = line.kept().iter().map(|unit| unit.gross).sum();
            match ask.part {
                _ if parts[at].is_some() => wrong("id", Problem::Duplicate),
                Part::Quantity(0) => wrong("quantity", Problem::NotAboveZero),
                Part::Quantity(n) if n as usize > line.kept().len() => {
                    wrong("quantity", Problem::MoreThanBought);
                }
                Part::Amount(_) if line.units.len() != 1 => {
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
    /// application, each from what is left of it; the shares on kept units fall by as much.
    fn claw_back(&mut self, refund: Money) -> Money {
        let mut left = refund;
        for which in 0..self.coupons.len() {
            let coupon = &self.coupons[which];
            if coupon.redeemed.part_return == PartReturn::Keep {
                continue;
            }
            let covered = self.lines.iter().zip(&coupon.covers).filter(|(_, covers)| **covers);
            let kept: Vec<&Unit> = covered.flat_map(|(line, _)| line.kept()).collect();
            let base = kept.iter().map(|unit| unit.gross).sum();
            let share: Money = kept.iter().map(|unit| unit.shares[which]).sum();
            let unearned = share.less(earned(&coupon.redeemed.benefit, base, share));
            let taken = unearned.min(left);
            self.lower_shares(which, taken);
            left -= taken;
        }
        refund - left
    }

    /// Takes `amount` off a coupon's shares on kept units: over lines by their shares, then over
    /// units.
    fn lower_shares(&mut self, which: usize, amount: Money) {
        let share = |unit: &Unit| unit.shares[which];
        let of_lines: Vec<Money> =
            self.lines.iter().map(|line| line.kept().iter().map(share).sum()).collect();
        for (line, part) in self.lines.iter_mut().zip(apportion(amount, &of_lines)) {
            let of_units: Vec<Money> = line.kept().iter().map(share).collect();
            let kept = line.units[line.returned..].iter_mut();
            for (unit, part) in kept.zip(apportion(part, &of_units)) {
                unit.shares[which] -= part;
            }
        }
    }

    /// The coupons that this return completes.
    fn complete(&mut self) -> Vec<Code> {
        let mut completed = Vec::new();
        for coupon in self.coupons.iter_mut().filter(|coupon| !coupon.is_completed) {
            let mut covered = self.lines.iter().zip(&coupon.covers).filter(|(_, covers)| **covers);
            coupon.is_completed = covered.all(|(line, _)| line.kept().is_empty());
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

impl Line {
    /// Takes a part off the line and says what it pays: price less share.
    fn take(&mut self, part: Part) -> Money {
        match part {
            Part::Quantity(quantity) => {
                let gone = self.returned..self.returned + quantity as usize;
                self.returned = gone.end;
                self.units[gone].iter().map(|unit| unit.gross - unit.share()).sum()
            }
            Part::Amount(amount) => {
                let unit = &mut self.units[0];
                if amount == unit.gross {
                    return self.take(Part::Quantity(1));
                }
                let fraction = i128::from(unit.share().units()) * i128::from(amount.units())
                    / i128::from(unit.gross.units());
                let share = Money::minor(fraction as i64); // at most the share
                let parts = apportion(share, &unit.shares);
                unit.shares.iter_mut().zip(parts).for_each(|(kept, part)| *kept -= part);
                unit.gross -= amount;
                amount - share
            }
        }
    }
}
