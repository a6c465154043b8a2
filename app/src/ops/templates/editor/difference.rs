//! What somebody else has saved while one typed: who, when, and what one's own changes in it.

use domain::actor::Operator;
use domain::template::Draft;
use engine::templates::Template;
use leptos::prelude::*;

use crate::AppError;
use crate::context::engine;
use crate::locale::{minute, t, t_with};
use crate::ops::draft_form::DraftForm;
use crate::ops::speech::{Speech, in_shop_time};
use crate::ops::templates::revisions::changes_list;

/// What was changed since the revision that was `seen`, over what the template says now.
pub(super) async fn laid_over(
    operator: &Operator,
    template: &Template,
    typed: DraftForm,
    seen: Option<String>,
) -> Result<DraftForm, AppError> {
    let Some(seen) = seen.and_then(|seen| seen.parse().ok()) else { return Ok(typed) };
    let pair = engine::templates::pair(&engine(), operator, template.id, (seen, seen)).await;
    let base = match pair {
        Ok((base, _)) => base,
        // Nobody has seen that one.
        Err(engine::Error::Missing) => return Ok(typed),
        Err(error) => return Err(error.into()),
    };
    let percent_as = typed.percent_as;
    let form =
        |draft: &Draft| in_shop_time(|conventions| DraftForm::of(draft, percent_as, conventions));
    // 100 is no other amount than 100.00.
    let (draft, errors) = in_shop_time(|conventions| typed.read(conventions));
    let typed = match errors.is_empty() {
        true => DraftForm { confirm: typed.confirm, ..form(&draft) },
        false => typed,
    };
    Ok(typed.over(&form(&base.draft), &form(template.draft())))
}

pub(super) async fn difference(
    operator: &Operator,
    template: &Template,
    form: &DraftForm,
    speech: &Speech,
) -> Result<AnyView, AppError> {
    let said = who_and_when(operator, template).await?;
    // Two good drafts may have become one that is not: that is told when it is saved.
    let own = in_shop_time(|conventions| form.read(conventions).0);
    let changes = speech.difference(template.draft(), &own);
    let list = (!changes.is_empty()).then(|| {
        view! {
            <div id="difference" class="mt-2 text-text">
                <p class="font-medium">{t("stale-changes")}</p>
                {changes_list(changes)}
            </div>
        }
    });
    Ok(view! {
        <p class="mt-1">{said}</p>
        <p class="mt-1">
            {t("editor-stale")} " "
            <a
                class="underline"
                href=format!("/ops/templates/{}", template.id)
                target="_blank"
                rel="noopener"
            >
                {t("editor-stale-look")}
            </a>
        </p>
        {list}
    }
    .into_any())
}

async fn who_and_when(operator: &Operator, template: &Template) -> Result<String, AppError> {
    let engine = engine();
    let versions = engine::templates::versions(&engine, operator, template.id, None).await?;
    let Some(newest) = versions.into_iter().next() else { return Ok(String::new()) };
    let names = engine::templates::names(&engine, operator, [newest.author.as_str()]).await?;
    let who = names.into_values().next().unwrap_or_else(|| t("stale-somebody"));
    Ok(t_with("stale-who", [("who", who.into()), ("at", minute(newest.at).into())]))
}
