//! The rules as somebody has set them.

use domain::Refusal;
use domain::actor::{Editor, Reader};
use domain::alert::{Bound, Rule, Rules};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::changes::{self, Change};
use crate::store::cached::bump;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// What edits of the rules queue by.
const SUBJECT: &str = "alerts";

/// Every rule as it stands.
pub async fn rules(engine: &Engine, _: &impl Reader) -> Result<Rules> {
    read(engine.reader()).await
}

pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Rules> {
    let mut rules = Rules::default();
    for row in db.query_all_raw(sql(db, "SELECT * FROM alert_rules", [])).await? {
        let rule = Rule::parse(&row.try_get::<String>("", "rule")?);
        let number = |name: &str| row.try_get::<i64>("", name).map(|n| u32::try_from(n).ok());
        let bound = (number("threshold")?, number("window_minutes")?);
        let (Some(rule), (Some(threshold), Some(window_minutes))) = (rule, bound) else {
            return Err(Fault::new("a rule of alarm reads oddly").into());
        };
        let is_on = row.try_get("", "is_on")?;
        rules = rules.with(rule, Bound { threshold, window_minutes, is_on });
    }
    Ok(rules)
}

/// Changes a rule; what is alarming already is judged by it at the next turn. Refuses `invalid` with
/// the fields `threshold` and `window_minutes`.
pub async fn set_rule(engine: &Engine, editor: &Editor, rule: Rule, bound: Bound) -> Result<()> {
    const SET: &str = "INSERT INTO alert_rules (rule, threshold, window_minutes, is_on)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (rule) DO UPDATE SET threshold = excluded.threshold,
            window_minutes = excluded.window_minutes, is_on = excluded.is_on";
    bound.check(rule).map_err(|fields| Refusal::Invalid { fields })?;
    let now = engine.now();
    let tx = engine.begin().await?;
    // First, so that of two who change it at once the second finds what the first has made of it.
    bump(&tx, SUBJECT).await?;
    let old = read(&tx).await?.get(rule);
    if old == bound {
        return Ok(());
    }
    let values = [
        rule.as_str().into(),
        i64::from(bound.threshold).into(),
        i64::from(bound.window_minutes).into(),
        bound.is_on.into(),
    ];
    tx.execute_raw(sql(&tx, SET, values)).await?;
    let change = Change {
        actor: editor.actor(),
        subject_kind: "alert_rule",
        subject: rule.as_str().to_owned(),
        action: "changed",
        old: Some(told(old)),
        new: Some(told(bound)),
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await?;
    engine.0.standings.distrust();
    Ok(())
}

fn told(bound: Bound) -> Value {
    let Bound { threshold, window_minutes, is_on } = bound;
    json!({ "threshold": threshold, "window_minutes": window_minutes, "on": is_on })
}
