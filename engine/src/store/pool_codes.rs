//! Reads pool codes.

use std::collections::HashMap;

use domain::{Code, TemplateId};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::entity::pool_code;
use crate::store::coupons::CodeKey;
use crate::store::rows;
use crate::{Fault, Result};

/// One code as it stands.
pub(crate) async fn pool_code(
    db: &impl ConnectionTrait,
    code: Code,
) -> Result<Option<pool_code::Model>> {
    let CodeKey { bucket, code } = code.into();
    Ok(pool_code::Entity::find_by_id((bucket, code)).one(db).await?)
}

/// Of these codes those that nobody has claimed yet, and what each is a claim to.
pub(crate) async fn unclaimed(
    db: &impl ConnectionTrait,
    codes: impl Iterator<Item = Code>,
) -> Result<HashMap<Code, TemplateId>> {
    let keys: Vec<CodeKey> = codes.map(CodeKey::from).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    const READ: &str = "SELECT DISTINCT pool_codes.code, pool_codes.template FROM {rows}
        {pool_codes: pool_codes.bucket = rows.bucket AND pool_codes.code = rows.code}
        WHERE pool_codes.state = 'unclaimed'";
    let mut found = HashMap::new();
    for row in db.query_all_raw(rows::statement(db, READ, &keys, [])?).await? {
        let code = Code::parse(&row.try_get::<String>("", "code")?);
        let code = code.ok_or_else(|| Fault::new("a pool code reads oddly"))?;
        found.insert(code, TemplateId(row.try_get("", "template")?));
    }
    Ok(found)
}
