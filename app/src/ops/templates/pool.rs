//! The codes of a template that were made in advance: asked for, and taken away as a file.

use domain::template;
use engine::pools::{self, Pool, State};
use engine::templates::Template;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::count;
use super::numbers::share;
use crate::context::engine;
use crate::flash::Flash;
use crate::locale::{t, t_with};
use crate::server_fns::grants::MakePool;
use crate::ui::{Bar, Button, Card, Errors, Field, Hidden, LinkButton, Look, Moment, Said};

/// Nothing where there are none and this person may not make any.
#[component]
pub(super) fn Codes(
    template: Template,
    pools: Vec<Pool>,
    may_edit: bool,
    flash: Flash,
) -> impl IntoView {
    let is_on = matches!(template.state, template::State::Live | template::State::Paused);
    if pools.is_empty() && !(may_edit && is_on) {
        return None;
    }
    let id = template.id.to_string();
    let is_open = flash.error().is_some();
    let form = (may_edit && is_on).then(|| {
        let key = pools::next_id(&engine()).to_string();
        view! {
            <details open=is_open>
                <summary class="inline-flex min-h-11 items-center font-medium text-accent">
                    {t("codes-ask")}
                </summary>
                <Errors flash=flash.clone() labels=vec![("count", t("codes-count"))] />
                <form method="post" action=MakePool::url() class="mt-2 grid max-w-xs gap-3">
                    <Hidden name="key" value=key />
                    <Hidden name="template" value=id.clone() />
                    <Field
                        name="count"
                        label=t("codes-count")
                        hint=t("codes-count-hint")
                        inputmode="numeric"
                        value=flash.value_or("count", "")
                        problem=flash.problem("count")
                        autocomplete="off"
                        required=true
                    />
                    <div>
                        <Button look=Look::Secondary>{t("codes-make")}</Button>
                    </div>
                </form>
            </details>
        }
    });
    let said = (!is_open).then(|| view! { <Said flash=flash /> });
    let download = (may_edit && !pools.is_empty()).then(|| {
        view! {
            <div class="mt-3">
                <LinkButton look=Look::Secondary href=format!("/ops/templates/{id}/pool.csv")>
                    {t("codes-download")}
                </LinkButton>
            </div>
        }
    });
    let list = (!pools.is_empty()).then(|| {
        view! { <ul class="space-y-3">{pools.iter().map(row).collect_view()}</ul> }
    });
    Some(view! {
        <Card id="pool" title=t("codes-title")>
            {said} {list} {download} {form}
        </Card>
    })
}

fn row(pool: &Pool) -> impl IntoView + use<> {
    let filled = [("made", count(pool.made).into()), ("wanted", count(pool.wanted).into())];
    let said = match (pool.state, pool.stopped_by.as_deref()) {
        (State::Making, _) => t_with("codes-making", filled),
        (State::Done, _) => t_with("codes-done", filled),
        (State::Stopped, Some("sold_out")) => t_with("codes-sold-out", filled),
        (State::Stopped, _) => t_with("codes-stopped", filled),
    };
    view! {
        <li>
            <Bar percent=share(pool.made, pool.wanted) />
            <p class="mt-1 flex flex-wrap justify-between gap-x-3 text-sm text-muted tabular-nums">
                <span>{said}</span>
                <Moment at=pool.created_at relative=true />
            </p>
        </li>
    }
}
