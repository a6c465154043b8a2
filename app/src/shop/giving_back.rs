//! The form that gives back part of a paid order.

use domain::quote::QuotedLine;
use engine::{catalogue::Catalogue, redemption::Redemption};
use leptos::{prelude::*, server_fn::ServerFn};

use super::order::product_name;
use crate::{
    flash::{Flash, flash_of},
    locale::{t, t_with},
    server_fns::redemption::GiveBack,
    session,
    ui::{Button, Card, Hidden, Look},
};

pub(super) fn giving_back(paid: &Redemption, catalogue: &Catalogue) -> impl IntoView + use<> {
    let kept: Vec<Kept> =
        paid.quote.lines.iter().filter_map(|line| kept(paid, line, catalogue)).collect();
    let order = paid.order.to_string();
    Suspend::new(async move {
        let flash = flash_of("give-back").await;
        if kept.is_empty() {
            return view! { <p class="text-muted">{t("give-back-none-left")}</p> }.into_any();
        }
        let fields = kept.into_iter().map(|kept| field(kept, &flash)).collect_view();
        view! {
            <Card id="give-back" title=t("give-back-title")>
                <form method="post" action=GiveBack::url() class="grid gap-3">
                    <p class="text-sm text-muted">{t("give-back-hint")}</p>
                    <Hidden name="order" value=order />
                    <Hidden name="refund" value=format!("refund-{}", session::fresh_mark()) />
                    {fields}
                    <div>
                        <Button look=Look::Secondary>{t("give-back-press")}</Button>
                    </div>
                </form>
            </Card>
        }
        .into_any()
    })
}

/// What of a line is still with the shopper.
struct Kept {
    line: String,
    product: String,
    quantity: u32,
}

fn kept(paid: &Redemption, quoted: &QuotedLine, catalogue: &Catalogue) -> Option<Kept> {
    let lines = paid.returns.iter().flat_map(|returned| &returned.lines);
    let gone: u32 = lines.filter(|line| line.id == quoted.line.id).map(|line| line.quantity).sum();
    let quantity = quoted.line.quantity.saturating_sub(gone);
    (quantity > 0).then(|| Kept {
        line: quoted.line.id.to_string(),
        product: product_name(catalogue, &quoted.line.product),
        quantity,
    })
}

fn field(kept: Kept, flash: &Flash) -> impl IntoView + use<> {
    let Kept { line, product, quantity } = kept;
    let filled = [("product", product.clone().into()), ("n", quantity.into())];
    let label = t_with("give-back-quantity", filled);
    let problem = flash.problem(&line);
    let (id, problem_id) = (format!("back-{line}"), format!("back-{line}-problem"));
    let (is_wrong, described) =
        (problem.is_some().then_some("true"), problem.is_some().then(|| problem_id.clone()));
    view! {
        <div>
            <div class="flex items-center justify-between gap-3">
                <label for=id.clone()>{label}</label>
                <input type="hidden" name="lines[]" value=line.clone() />
                <input
                    id=id
                    name="quantities[]"
                    inputmode="numeric"
                    autocomplete="off"
                    class="block min-h-11 w-16 shrink-0 rounded-lg border border-edge bg-surface px-2 text-center tabular-nums"
                    value=flash.value_or(&line, "0")
                    aria-invalid=is_wrong
                    aria-describedby=described
                />
            </div>
            {problem
                .map(|problem| {
                    view! { <p id=problem_id class="text-sm text-danger">{problem}</p> }
                })}
        </div>
    }
}
