//! What two people changed in the same draft, put together field by field.

use std::collections::BTreeSet;

use super::{DraftForm, StepRow};

/// One field of a form.
type Field = fn(&DraftForm) -> &String;

/// The kind of a benefit, and what is typed for one kind or another.
const BENEFIT: [Field; 9] = [
    |form| &form.kind,
    |form| &form.amount,
    |form| &form.min_spend,
    |form| &form.percent,
    |form| &form.percent_min_spend,
    |form| &form.max_discount,
    |form| &form.per,
    |form| &form.every_amount,
    |form| &form.max_times,
];

/// How it is said when coupons may be used, and what is typed for one way or another.
const VALIDITY: [Field; 8] = [
    |form| &form.validity,
    |form| &form.valid_from,
    |form| &form.valid_from_time,
    |form| &form.valid_until,
    |form| &form.valid_until_time,
    |form| &form.days,
    |form| &form.days_until,
    |form| &form.days_until_time,
];

const AUDIENCE: [Field; 2] = [|form| &form.audience, |form| &form.segment];

impl DraftForm {
    /// The form over a draft that said `base` as it was opened and says `current` by now: what was
    /// changed in it stays, what was left alone is as it is now.
    pub fn over(&self, base: &Self, current: &Self) -> Self {
        let is_changed = |field: &Field| plain(field(self)) != plain(field(base));
        let has_new_steps = steps(self) != steps(base);
        // What hangs on a choice means nothing beside another one: it goes with its own.
        let benefit =
            self.kind != current.kind && (has_new_steps || BENEFIT.iter().any(is_changed));
        let validity = self.validity != current.validity && VALIDITY.iter().any(is_changed);
        let audience = self.audience != current.audience && AUDIENCE.iter().any(is_changed);
        let part_of = |is_own: bool, field: Field| {
            let from = if is_own || is_changed(&field) { self } else { current };
            field(from).clone()
        };
        let alone = |field: Field| part_of(false, field);
        let with_steps = if benefit || has_new_steps { self } else { current };
        // A number means what it is said in.
        let percent: Field = |form| &form.percent;
        let percent_from = if benefit || is_changed(&percent) { self } else { current };
        let (include, exclude) = marks(self, base, current);
        Self {
            name: alone(|form| &form.name),
            title: alone(|form| &form.title),
            description: alone(|form| &form.description),
            terms: alone(|form| &form.terms),
            campaign: alone(|form| &form.campaign),
            reference: alone(|form| &form.reference),
            reference_by: alone(|form| &form.reference_by),
            kind: part_of(benefit, |form| &form.kind),
            amount: part_of(benefit, |form| &form.amount),
            min_spend: part_of(benefit, |form| &form.min_spend),
            percent: part_of(benefit, |form| &form.percent),
            percent_as: percent_from.percent_as,
            percent_min_spend: part_of(benefit, |form| &form.percent_min_spend),
            max_discount: part_of(benefit, |form| &form.max_discount),
            steps: with_steps.steps.clone(),
            per: part_of(benefit, |form| &form.per),
            every_amount: part_of(benefit, |form| &form.every_amount),
            max_times: part_of(benefit, |form| &form.max_times),
            include,
            exclude,
            include_products: alone(|form| &form.include_products),
            exclude_products: alone(|form| &form.exclude_products),
            scope_rule: alone(|form| &form.scope_rule),
            claim_from: alone(|form| &form.claim_from),
            claim_from_time: alone(|form| &form.claim_from_time),
            claim_until: alone(|form| &form.claim_until),
            claim_until_time: alone(|form| &form.claim_until_time),
            validity: part_of(validity, |form| &form.validity),
            valid_from: part_of(validity, |form| &form.valid_from),
            valid_from_time: part_of(validity, |form| &form.valid_from_time),
            valid_until: part_of(validity, |form| &form.valid_until),
            valid_until_time: part_of(validity, |form| &form.valid_until_time),
            days: part_of(validity, |form| &form.days),
            days_until: part_of(validity, |form| &form.days_until),
            days_until_time: part_of(validity, |form| &form.days_until_time),
            stock: alone(|form| &form.stock),
            per_shopper: alone(|form| &form.per_shopper),
            per_shopper_daily: alone(|form| &form.per_shopper_daily),
            budget: alone(|form| &form.budget),
            audience: part_of(audience, |form| &form.audience),
            segment: part_of(audience, |form| &form.segment),
            visibility: alone(|form| &form.visibility),
            lane: alone(|form| &form.lane),
            stacking: alone(|form| &form.stacking),
            group: alone(|form| &form.group),
            part_return: alone(|form| &form.part_return),
            channels: alone(|form| &form.channels),
            confirm: alone(|form| &form.confirm),
        }
    }
}

/// As it is read: browsers send the line breaks of a text area as CR LF.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

/// The rows in which something stands; a browser sends the others too.
fn steps(form: &DraftForm) -> Vec<&StepRow> {
    form.steps.iter().filter(|row| !row.is_blank()).collect()
}

/// What is included and excluded, category by category.
fn marks(typed: &DraftForm, base: &DraftForm, current: &DraftForm) -> (Vec<String>, Vec<String>) {
    let mark =
        |form: &DraftForm, id: &String| (form.include.contains(id), form.exclude.contains(id));
    let marked = [typed, current].into_iter();
    let marked: BTreeSet<&String> =
        marked.flat_map(|form| form.include.iter().chain(&form.exclude)).collect();
    let (mut include, mut exclude) = (Vec::new(), Vec::new());
    for id in marked {
        let from = if mark(typed, id) == mark(base, id) { current } else { typed };
        let (is_included, is_excluded) = mark(from, id);
        include.extend(is_included.then(|| id.clone()));
        exclude.extend(is_excluded.then(|| id.clone()));
    }
    (include, exclude)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::draft_form::PercentAs;

    /// 20 off from 100, as it was opened.
    fn base() -> DraftForm {
        let word = str::to_owned;
        DraftForm {
            name: word("Autumn"),
            terms: word("Not on eggs.\nOnce a day."),
            amount: word("20"),
            min_spend: word("100"),
            include: vec![word("dairy"), word("fruit")],
            stock: word("50"),
            ..DraftForm::blank(PercentAs::Off)
        }
    }

    fn changed(change: impl FnOnce(&mut DraftForm)) -> DraftForm {
        let mut form = base();
        change(&mut form);
        form
    }

    /// Everything that is typed as text says this.
    fn filled(text: &str) -> DraftForm {
        let mut form = serde_json::to_value(DraftForm::default()).expect("JSON");
        for (name, field) in form.as_object_mut().expect("fields") {
            if field.is_string() && name != "percent_as" {
                *field = format!("{name}: {text}").into();
            }
        }
        serde_json::from_value(form).expect("a form")
    }

    #[test]
    fn no_field_is_forgotten_or_mixed_up() {
        let (one, other) = (filled("one"), filled("other"));
        assert_eq!(one.over(&one, &other), other, "nothing was changed");
        assert_eq!(one.over(&other, &other), one, "everything was");
    }

    #[test]
    fn what_was_left_alone_is_as_it_is_now() {
        let typed = changed(|form| form.stock = "70".to_owned());
        let current = changed(|form| {
            form.stock = "60".to_owned();
            form.min_spend = "120".to_owned();
        });
        let merged = typed.over(&base(), &current);
        assert_eq!(merged, DraftForm { stock: "70".to_owned(), ..current });
    }

    #[test]
    fn what_a_browser_sends_otherwise_is_no_change() {
        let step = |amount: &str| StepRow { min_spend: "100".into(), amount: amount.into() };
        let opened = changed(|form| form.steps = vec![step("10"), step("30")]);
        let typed = DraftForm {
            terms: "Not on eggs.\r\nOnce a day.".to_owned(),
            include: vec!["fruit".to_owned(), "dairy".to_owned()],
            steps: vec![step("10"), step("30"), StepRow::default()],
            ..opened.clone()
        };
        let current = DraftForm {
            terms: "Not on milk.".to_owned(),
            steps: vec![step("10"), step("40")],
            ..opened.clone()
        };
        assert_eq!(typed.over(&opened, &current), current);
    }

    #[test]
    fn categories_are_merged_one_by_one() {
        let typed = changed(|form| {
            form.include = vec!["fruit".to_owned(), "meat".to_owned(), "dairy".to_owned()];
        });
        let current = changed(|form| {
            form.include = vec!["fruit".to_owned()];
            form.exclude = vec!["leafy".to_owned()];
        });
        let merged = typed.over(&base(), &current);
        assert_eq!(merged.include, ["fruit", "meat"]);
        assert_eq!(merged.exclude, ["leafy"]);
        let typed = changed(|form| {
            form.include = vec!["dairy".to_owned()];
            form.exclude = vec!["fruit".to_owned()];
        });
        let merged = typed.over(&base(), &base());
        assert_eq!((merged.include, merged.exclude), (typed.include, typed.exclude));
    }

    #[test]
    fn what_hangs_on_a_choice_goes_with_it() {
        let percent = changed(|form| {
            form.kind = "percent_off".to_owned();
            form.percent = "20".to_owned();
            (form.amount, form.min_spend) = (String::new(), String::new());
        });
        let named = changed(|form| form.name = "Winter".to_owned());
        let merged = named.over(&base(), &percent);
        assert_eq!(merged, DraftForm { name: "Winter".to_owned(), ..percent.clone() });
        let more = changed(|form| form.amount = "25".to_owned());
        assert_eq!(more.over(&base(), &percent), more, "the amount and all it was typed with");
        let merged = percent.over(&base(), &more);
        assert_eq!(merged, percent);
    }
}
