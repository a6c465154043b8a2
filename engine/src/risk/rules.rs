//! The rules as somebody has set them.

use domain::Refusal;
use domain::actor::{Guardian, Reader};
use domain::risk::{Bound, Mode, Rule, Rules};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{SUBJECT, watch};
use crate::changes::{self, Change};
use crate::store::cached::bump;
use crate::store::sql;
use crate::{Engine, Fault, Result};

/// Every rule as it stands.
pub async fn rules(engine: &Engine, _: &impl Reader) -> Result<Rules> {
    Ok(watch(engine).await?.rules)
}

pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Rules> {
    let mut rules = Rules::default();
    for row in db.query_all_raw(sql(db, "SELECT * FROM risk_rules", [])).await? {
        let rule = Rule::parse(&row.try_get::<String>("", "rule")?);
        let mode = Mode::parse(&row.try_get::<String>("", "mode")?);
        let number = |name: &str| row.try_get::<i64>("", name).map(|n| u32::try_from(n).ok());
        let bound = (number("most")?, number("window_minutes")?, mode);
        let (Some(rule), (Some(limit), Some(window_minutes), Some(mode))) = (rule, bound) else {
            return Err(Fault::new("a rule of risk reads oddly").into());
        };
        rules = rules.with(rule, Bound { limit, window_minutes, mode });
    }
    Ok(rules)
}

/// Changes a rule; every node goes by it within a second. A rule with another window counts anew.
/// Refuses `invalid` with the fields `limit` and `window_minutes`.
pub async fn set_rule(
    engine: &Engine,
    guardian: &Guardian,
    rule: Rule,
    bound: Bound,
) -> Result<()> {
    const SET: &str = "INSERT INTO risk_rules (rule, most, window_minutes, mode)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (rule) DO UPDATE SET most = excluded.most,
            window_minutes = excluded.window_minutes, mode = excluded.mode";
    bound.check().map_err(|fields| Refusal::Invalid { fields })?;
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
        i64::from(bound.limit).into(),
        i64::from(bound.window_minutes).into(),
        bound.mode.as_str().into(),
    ];
    tx.execute_raw(sql(&tx, SET, values)).await?;
    let change = Change {
        actor: guardian.actor(),
        subject_kind: "risk_rule",
        subject: rule.as_str().to_owned(),
        action: "changed",
        old: Some(told(old)),
        new: Some(told(bound)),
    };
    changes::record(&tx, change, now).await?;
    tx.commit().await?;
    engine.0.watch.distrust();
    Ok(())
}

fn told(bound: Bound) -> Value {
    let Bound { limit, window_minutes, mode } = bound;
    json!({ "limit": limit, "window_minutes": window_minutes, "mode": mode.as_str() })
}
