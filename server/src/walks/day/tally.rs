//! What a test has sent and clicked itself, and what that has to come to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use domain::funnel::{Amounts, Stages};
use domain::{Money, Time};
use engine::Engine;

/// A template and the channel that something of it came through; no channel is empty.
pub(super) type Of = (&'static str, &'static str);

/// What is asked about; everything where nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    pub(super) template: Option<&'static str>,
    pub(super) channel: Option<&'static str>,
}

impl Part {
    fn covers(self, (template, channel): Of) -> bool {
        self.template.is_none_or(|it| it == template) && self.channel.is_none_or(|it| it == channel)
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) stages: Stages,
    /// Of the claims, those that were given.
    pub(super) granted: u64,
    pub(super) amounts: Amounts,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.stages += other.stages;
        self.granted += other.granted;
        self.amounts += other.amounts;
    }
}

/// Something that counts, once for each part that covers any of what it is of.
struct Noted {
    at: Time,
    of: Vec<Of>,
    figures: Figures,
    viewer: Option<&'static str>,
}

/// A claim or a coupon in a quote that was refused.
struct Refused {
    of: Of,
    code: &'static str,
    is_in_quote: bool,
}

pub(super) struct Tally {
    engine: Engine,
    noted: Vec<Noted>,
    refused: Vec<Refused>,
}

impl Tally {
    pub(super) fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), noted: Vec::new(), refused: Vec::new() }
    }

    fn note(&mut self, of: &[Of], figures: Figures, viewer: Option<&'static str>) {
        self.noted.push(Noted { at: self.engine.now(), of: of.to_vec(), figures, viewer });
    }

    fn enter(&mut self, of: Of, stages: Stages) {
        self.note(&[of], Figures { stages, ..Figures::default() }, None);
    }

    pub(super) fn seen(&mut self, of: Of, viewer: Option<&'static str>) {
        let stages = Stages { view: 1, ..Stages::default() };
        self.note(&[of], Figures { stages, ..Figures::default() }, viewer);
    }

    pub(super) fn claimed(&mut self, of: Of) {
        self.enter(of, Stages { claim: 1, ..Stages::default() });
    }

    pub(super) fn granted(&mut self, of: Of) {
        let stages = Stages { claim: 1, ..Stages::default() };
        self.note(&[of], Figures { stages, granted: 1, ..Figures::default() }, None);
    }

    pub(super) fn locked(&mut self, of: Of) {
        self.enter(of, Stages { lock: 1, ..Stages::default() });
    }

    /// An order of `turnover` is paid with coupons, of which each takes something off.
    pub(super) fn paid(&mut self, turnover: i64, coupons: &[(Of, i64)]) {
        for (of, discount) in coupons {
            let stages = Stages { redeem: 1, ..Stages::default() };
            let amounts = Amounts { discount: Money::minor(*discount), ..Amounts::default() };
            self.note(&[*of], Figures { stages, amounts, granted: 0 }, None);
        }
        let of: Vec<Of> = coupons.iter().map(|(of, _)| *of).collect();
        let taken_off = Money::minor(coupons.iter().map(|(_, discount)| discount).sum());
        let amounts = Amounts { turnover: Money::minor(turnover), taken_off, ..Amounts::default() };
        self.note(&of, Figures { amounts, ..Figures::default() }, None);
    }

    /// The first refund of an order that was paid with these coupons.
    pub(super) fn came_back(&mut self, amount: i64, coupons: &[Of]) {
        for of in coupons {
            self.enter(*of, Stages { returned: 1, ..Stages::default() });
        }
        self.refunded(amount, coupons);
    }

    /// Another refund.
    pub(super) fn refunded(&mut self, amount: i64, coupons: &[Of]) {
        let amounts = Amounts { refunded: Money::minor(amount), ..Amounts::default() };
        self.note(coupons, Figures { amounts, ..Figures::default() }, None);
    }

    pub(super) fn claim_refused(&mut self, of: Of, code: &'static str) {
        self.refused.push(Refused { of, code, is_in_quote: false });
    }

    pub(super) fn quote_refused(&mut self, of: Of, code: &'static str) {
        self.refused.push(Refused { of, code, is_in_quote: true });
    }

    fn of(&self, part: Part) -> impl Iterator<Item = &Noted> {
        self.noted.iter().filter(move |noted| noted.of.iter().any(|of| part.covers(*of)))
    }

    pub(super) fn whole(&self, part: Part) -> Figures {
        let mut whole = Figures::default();
        for noted in self.of(part) {
            whole += noted.figures;
        }
        whole
    }

    /// By steps that are named after the moment, in the order of their names.
    pub(super) fn steps(
        &self,
        part: Part,
        name: impl Fn(Time) -> String,
    ) -> BTreeMap<String, Figures> {
        let mut steps: BTreeMap<String, Figures> = BTreeMap::new();
        for noted in self.of(part) {
            *steps.entry(name(noted.at)).or_default() += noted.figures;
        }
        steps
    }

    /// How many different people saw something.
    pub(super) fn viewers(&self, part: Part) -> usize {
        self.of(part).filter_map(|noted| noted.viewer).collect::<BTreeSet<_>>().len()
    }

    /// How many claims, and how many coupons in quotes, were refused for each reason.
    pub(super) fn refusals(&self, part: Part) -> BTreeMap<String, (u64, u64)> {
        let mut refusals: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for refused in self.refused.iter().filter(|refused| part.covers(refused.of)) {
            let (claims, quotes) = refusals.entry(refused.code.to_owned()).or_default();
            *(if refused.is_in_quote { quotes } else { claims }) += 1;
        }
        refusals
    }
}
