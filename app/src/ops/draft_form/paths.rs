//! Which field of the form a path of the rules speaks of.

use super::{DraftForm, StepRow};

impl DraftForm {
    /// The form's name for a path such as `benefit.steps.1.amount`: the end of the control's `name`
    /// and `id`.
    pub fn field_of(&self, path: &str) -> String {
        let parts: Vec<&str> = path.split('.').collect();
        let field = match parts.as_slice() {
            ["benefit", "amount"] if self.kind == "every" => "every_amount",
            ["benefit", "min_spend"] if self.kind == "percent_off" => "percent_min_spend",
            ["benefit", "basis_points"] => "percent",
            ["benefit", "steps", step, part] => return self.step_field(step, part),
            ["benefit", "steps"] => "steps-0-min_spend",
            ["scope", side, "products"] => return format!("{side}_products"),
            ["scope", side, "categories"] => side,
            ["scope", "rule"] => "scope_rule",
            ["claim_window", side] => return format!("claim_{side}"),
            ["validity", "days"] => "days",
            ["validity", "until"] if self.validity == "days" => "days_until",
            ["validity", side] => return format!("valid_{side}"),
            ["audience", "segment"] => "segment",
            ["stacking", "group"] => "group",
            ["channels", ..] => "channels",
            [.., last] => last,
            [] => path,
        };
        field.to_owned()
    }

    /// Steps are counted without the rows left blank, fields with them.
    fn step_field(&self, step: &str, part: &str) -> String {
        let rows = self.steps.iter().enumerate().filter(|(_, row)| !StepRow::is_blank(row));
        let row = step.parse().ok().and_then(|step| rows.map(|(row, _)| row).nth(step));
        format!("steps-{}-{part}", row.unwrap_or_default())
    }
}
