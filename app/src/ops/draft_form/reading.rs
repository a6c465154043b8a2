//! From text to a draft, with everything wrong at once.

use std::collections::BTreeSet;

use domain::benefit::{Benefit, Step};
use domain::calendar::{self, Side};
use domain::money::BasisPoints;
use domain::planning::{Alignment, Named, Reference};
use domain::scope::{Lists, Scope, ScopeRule};
use domain::stacking::Stacking;
use domain::template::{
    Audience, ChannelQuota, Draft, Lane, PartReturn, Validity, Visibility, Window,
};
use domain::{CategoryId, Channel, FieldError, Money, Problem, ProductId, Time};

use super::{Conventions, DraftForm, PercentAs, StepRow};

/// The most steps a benefit may have.
pub const STEPS_MAX: usize = 10;

impl DraftForm {
    /// Reads the form and checks what it says, the tree left aside. Errors carry the paths of the
    /// rules; [`DraftForm::field_of`] finds the control.
    pub fn parse(&self, conventions: &Conventions<'_>) -> Result<Draft, Vec<FieldError>> {
        let (draft, errors) = self.read(conventions);
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The same where a draft is wanted whatever is wrong with it: what does not read stands in as
    /// something harmless.
    pub fn read(&self, conventions: &Conventions<'_>) -> (Draft, Vec<FieldError>) {
        let mut reader = Reader { conventions, errors: Vec::new() };
        let draft = reader.draft(self);
        let mut errors = reader.errors;
        let unread: Vec<String> =
            errors.iter().map(|error| root(&error.field).to_owned()).collect();
        let is_unread = |path: &str| unread.iter().any(|unread| unread == root(path));
        // Nothing is said twice about the same field.
        errors.extend(draft.check(None).into_iter().filter(|error| !is_unread(&error.field)));
        if draft.is_generous() && self.confirm.is_empty() && !is_unread("benefit") {
            errors.push(FieldError::new("confirm", Problem::NeedsConfirmation));
        }
        (draft, errors)
    }
}

fn root(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

struct Reader<'a> {
    conventions: &'a Conventions<'a>,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn draft(&mut self, form: &DraftForm) -> Draft {
        Draft {
            name: form.name.trim().to_owned(),
            title: text(&form.title),
            description: text(&form.description),
            terms: text(&form.terms),
            campaign: text(&form.campaign),
            reference: text(&form.reference).map(|past| Reference {
                past: Named::read(&past),
                // A form that a browser kept from before there were references says nothing.
                by: Alignment::parse(&form.reference_by).unwrap_or_default(),
            }),
            benefit: self.benefit(form),
            scope: self.scope(form),
            claim_window: Window {
                from: self.time(
                    "claim_window.from",
                    &form.claim_from,
                    &form.claim_from_time,
                    Side::From,
                ),
                until: self.time(
                    "claim_window.until",
                    &form.claim_until,
                    &form.claim_until_time,
                    Side::Until,
                ),
            },
            validity: self.validity(form),
            stock: self.count("stock", &form.stock),
            per_shopper: self.needed("per_shopper", &form.per_shopper),
            per_shopper_daily: self.small("per_shopper_daily", &form.per_shopper_daily),
            budget: self.money("budget", &form.budget),
            audience: match form.audience.as_str() {
                "segment" => Audience::Segment(form.segment.trim().to_owned()),
                "new_shoppers" => Audience::NewShoppers,
                other => self.choice("audience", other, &[("everyone", Audience::Everyone)]),
            },
            visibility: self.choice(
                "visibility",
                &form.visibility,
                &[
                    ("listed", Visibility::Listed),
                    ("link", Visibility::Link),
                    ("granted", Visibility::Granted),
                ],
            ),
            lane: match form.lane.as_str() {
                // A form that a browser kept from before there were lanes.
                "" => Lane::Instant,
                word => {
                    let lanes = [("instant", Lane::Instant), ("queued", Lane::Queued)];
                    self.choice("lane", word, &lanes)
                }
            },
            stacking: Stacking {
                exclusive: self.choice(
                    "stacking",
                    &form.stacking,
                    &[("exclusive", true), ("combines", false)],
                ),
                group: text(&form.group),
            },
            part_return: self.choice(
                "part_return",
                &form.part_return,
                &[("keep", PartReturn::Keep), ("claw_back", PartReturn::ClawBack)],
            ),
            channels: self.channels(&form.channels),
        }
    }

    fn benefit(&mut self, form: &DraftForm) -> Benefit {
        match form.kind.as_str() {
            "percent_off" => Benefit::PercentOff {
                basis_points: self.percent(&form.percent, form.percent_as),
                min_spend: self.threshold(&form.percent_min_spend),
                max_discount: self.money("benefit.max_discount", &form.max_discount),
            },
            "tiered" => {
                let rows: Vec<_> =
                    form.steps.iter().filter(|row| !StepRow::is_blank(row)).collect();
                let step = |(i, row): (usize, &&StepRow)| Step {
                    min_spend: self.amount(&format!("benefit.steps.{i}.min_spend"), &row.min_spend),
                    amount: self.amount(&format!("benefit.steps.{i}.amount"), &row.amount),
                };
                Benefit::Tiered { steps: rows.iter().enumerate().map(step).collect() }
            }
            "every" => Benefit::Every {
                per: self.amount("benefit.per", &form.per),
                amount: self.amount("benefit.amount", &form.every_amount),
                max_times: self.small("benefit.max_times", &form.max_times),
            },
            kind => {
                self.choice("benefit.kind", kind, &[("amount_off", ())]);
                Benefit::AmountOff {
                    amount: self.amount("benefit.amount", &form.amount),
                    min_spend: self.threshold(&form.min_spend),
                }
            }
        }
    }

    fn scope(&mut self, form: &DraftForm) -> Scope {
        Scope {
            include: self.lists("scope.include", &form.include, &form.include_products),
            exclude: self.lists("scope.exclude", &form.exclude, &form.exclude_products),
            rule: self.choice(
                "scope.rule",
                &form.scope_rule,
                &[
                    ("eligible_lines", ScopeRule::EligibleLines),
                    ("whole_order", ScopeRule::WholeOrder),
                ],
            ),
        }
    }

    fn lists(&mut self, path: &str, categories: &[String], products: &str) -> Lists {
        let ids = products.lines().map(str::trim).filter(|id| !id.is_empty());
        Lists {
            categories: self.each(format!("{path}.categories"), categories, CategoryId::new),
            products: self.each(format!("{path}.products"), ids, ProductId::new),
        }
    }

    /// Reads each, and says once what is wrong with the first that does not read.
    fn each<T, C: FromIterator<T>, I: Into<String>>(
        &mut self,
        path: String,
        given: impl IntoIterator<Item = I>,
        read: impl Fn(String) -> Result<T, Problem>,
    ) -> C {
        let mut wrong = None;
        let read = given.into_iter().filter_map(|id| {
            read(id.into()).map_err(|problem| wrong.get_or_insert(problem).clone()).ok()
        });
        let all = read.collect();
        self.errors.extend(wrong.map(|problem| FieldError::new(path, problem)));
        all
    }

    fn validity(&mut self, form: &DraftForm) -> Validity {
        if form.validity == "days" {
            return Validity::Days {
                days: self.needed("validity.days", &form.days),
                until: self.time(
                    "validity.until",
                    &form.days_until,
                    &form.days_until_time,
                    Side::Until,
                ),
            };
        }
        self.choice("validity", &form.validity, &[("fixed", ())]);
        Validity::Fixed(Window {
            from: self.time("validity.from", &form.valid_from, &form.valid_from_time, Side::From),
            until: self.time(
                "validity.until",
                &form.valid_until,
                &form.valid_until_time,
                Side::Until,
            ),
        })
    }

    /// One a line: a name, then perhaps a quota; a dash is no quota.
    fn channels(&mut self, lines: &str) -> Vec<ChannelQuota> {
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut channels = Vec::new();
        for (i, line) in lines.enumerate() {
            let (name, quota) = channel(line);
            let quota = self.count(&format!("channels.{i}.quota"), quota);
            match Channel::new(name.trim()) {
                Ok(name) => channels.push(ChannelQuota { name, quota }),
                Err(problem) => self.wrong(&format!("channels.{i}.name"), problem),
            }
        }
        channels
    }

    fn wrong(&mut self, path: &str, problem: Problem) {
        self.errors.push(FieldError::new(path, problem));
    }

    fn keep<T>(&mut self, path: &str, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.wrong(path, problem)).ok()
    }

    /// The first choice stands for a word that is none of them.
    fn choice<T: Clone>(&mut self, path: &str, word: &str, choices: &[(&str, T)]) -> T {
        match choices.iter().find(|(known, _)| *known == word) {
            Some((_, choice)) => choice.clone(),
            None => {
                self.wrong(path, Problem::Unknown);
                choices[0].1.clone()
            }
        }
    }

    /// A blank is an error.
    fn amount(&mut self, path: &str, typed: &str) -> Money {
        let read = self.conventions.currency.parse(&number_in(typed));
        self.keep(path, read).unwrap_or(Money::minor(1))
    }

    /// A blank is none.
    fn money(&mut self, path: &str, typed: &str) -> Option<Money> {
        (!typed.trim().is_empty()).then(|| self.amount(path, typed))
    }

    /// A blank or zero threshold is none.
    fn threshold(&mut self, typed: &str) -> Option<Money> {
        self.money("benefit.min_spend", typed).filter(|min| !min.is_zero())
    }

    fn percent(&mut self, typed: &str, typed_as: PercentAs) -> BasisPoints {
        let read = read_percent(&half_width(typed.trim()), typed_as);
        self.keep("benefit.basis_points", read).unwrap_or(BasisPoints(1))
    }

    fn count(&mut self, path: &str, typed: &str) -> Option<u64> {
        let typed = number_in(typed);
        if typed.is_empty() { None } else { self.keep(path, read_count(&typed)) }
    }

    fn small(&mut self, path: &str, typed: &str) -> Option<u32> {
        // Beyond its range any bound of the rules is passed as well.
        self.count(path, typed).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn needed(&mut self, path: &str, typed: &str) -> u32 {
        if typed.trim().is_empty() {
            self.wrong(path, Problem::Required);
        }
        self.small(path, typed).unwrap_or(1)
    }

    /// A date with or without a time of day; without one an end means through that day.
    fn time(&mut self, path: &str, date: &str, time_of_day: &str, side: Side) -> Option<Time> {
        let (date, time_of_day) = (date.trim(), time_of_day.trim());
        let read = match (date.is_empty(), time_of_day.is_empty()) {
            (true, true) => return None,
            (true, false) => Err(Problem::Required),
            (false, true) => calendar::read(date, side),
            (false, false) => calendar::read(&format!("{date}T{time_of_day}"), side),
        };
        self.keep(path, read).map(|local| (self.conventions.moment)(local))
    }
}

/// The name of a channel and its quota, as they stand in a line.
fn channel(line: &str) -> (&str, &str) {
    match line.rsplit_once(char::is_whitespace) {
        Some((name, "-")) => (name.trim(), ""),
        Some((name, last)) if last.bytes().all(|b| b.is_ascii_digit()) => (name.trim(), last),
        _ => (line, ""),
    }
}

/// The first line, counted from 1, whose channel stands further up already, and that channel.
pub fn named_again(channels: &str) -> Option<(usize, String)> {
    let mut names = BTreeSet::new();
    let lines = channels.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    let mut named = lines.map(|(i, line)| (i + 1, channel(line).0));
    let (line, name) = named.find(|(_, name)| !names.insert(*name))?;
    Some((line, name.to_owned()))
}

/// A number as somebody types it: `5,000` and `５，０００` are 5000.
pub(crate) fn number_in(typed: &str) -> String {
    ungrouped(&half_width(typed.trim()))
}

/// Digits and what stands between them as a Chinese keyboard types them: `２０` is 20.
fn half_width(typed: &str) -> String {
    let fold = |c| match c {
        '０'..='９' | '．' | '，' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    typed.chars().map(fold).collect()
}

fn text(typed: &str) -> Option<String> {
    // Browsers send the line breaks of a text area as CR LF.
    Some(typed.trim().replace("\r\n", "\n")).filter(|text| !text.is_empty())
}

fn read_count(typed: &str) -> Result<u64, Problem> {
    if !typed.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::NotANumber);
    }
    typed.parse().map_err(|_| Problem::TooLarge)
}

/// To the basis point: two decimals of a percent, three of a 折.
fn read_percent(typed: &str, typed_as: PercentAs) -> Result<BasisPoints, Problem> {
    if typed.is_empty() {
        return Err(Problem::Required);
    }
    let decimals = match typed_as {
        PercentAs::Off => 2,
        PercentAs::Zhe => 3,
    };
    let (units, fraction) = typed.split_once('.').unwrap_or((typed, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(units) || !digits(fraction) {
        return Err(Problem::NotANumber);
    }
    if fraction.len() > decimals {
        return Err(Problem::MoreDecimals { decimals: decimals as u32 });
    }
    let points: u32 = format!("{units}{fraction:0<decimals$}").parse().unwrap_or(u32::MAX);
    let off = match typed_as {
        PercentAs::Off => Some(points).filter(|off| (1..=10_000).contains(off)),
        PercentAs::Zhe => BasisPoints::WHOLE.0.checked_sub(points).filter(|off| ZHE.contains(off)),
    };
    off.map(BasisPoints).ok_or(Problem::OutOfRange { min: 1, max: 10_000 })
}

/// What is said in 折, from 9.9 down to 0.1; anything beyond is said in percent.
pub(super) const ZHE: std::ops::RangeInclusive<u32> = 100..=9_900;

/// `5,000` is what the console itself prints; anything else with a comma stays as it is.
fn ungrouped(typed: &str) -> String {
    let whole = typed.split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_first = |group: &str| (1..=3).contains(&group.len()) && is_digits(group);
    let is_grouped = groups.next().is_some_and(is_first)
        && groups.all(|group| group.len() == 3 && is_digits(group));
    if is_grouped { typed.replacen(',', "", whole.matches(',').count()) } else { typed.to_owned() }
}
