//! What a list is narrowed down by: a plain form, and chips for the states.

use domain::benefit::Kind;
use domain::template::State;
use engine::templates::{Claims, Filter, Page, Sort};
use leptos::prelude::*;

use super::address;
use crate::locale::{t, t_with};
use crate::ops::inputs::choice;
use crate::ops::templates::{count, state_key};
use crate::ui::field::INPUT;
use crate::ui::{Button, ChipLink, Hidden, LinkButton, Look};

/// Whether anything is asked beside the order.
pub fn is_narrowed(filter: &Filter) -> bool {
    let Filter { search, state, claims, campaign, visibility, kind, .. } = filter;
    search.is_some()
        || state.is_some()
        || claims.is_some()
        || campaign.is_some()
        || visibility.is_some()
        || kind.is_some()
}

#[component]
pub fn Filters(filter: Filter, campaigns: Vec<String>) -> impl IntoView {
    let refined = [
        filter.claims.is_some(),
        filter.campaign.is_some(),
        filter.visibility.is_some(),
        filter.kind.is_some(),
    ];
    let refined = refined.into_iter().filter(|is_set| *is_set).count();
    let is_refined = refined > 0;
    let clear = is_narrowed(&filter).then(|| {
        let order = Filter { sort: filter.sort, reversed: filter.reversed, ..Filter::default() };
        view! {
            <LinkButton look=Look::Plain href=address::write(&order)>
                {t("list-clear")}
            </LinkButton>
        }
    });
    let state = filter.state.map(|state| view! { <Hidden name="state" value=state.as_str() /> });
    view! {
        <form method="get" action=address::PATH role="search" class="space-y-3">
            {state}
            <div class="flex flex-wrap items-end gap-3">
                <div class="min-w-48 flex-1">
                    <label class="font-medium" for="search">
                        {t("list-search")}
                    </label>
                    <input
                        id="search"
                        name="search"
                        type="search"
                        dir="auto"
                        placeholder=t("list-search-hint")
                        value=filter.search.clone()
                        class=INPUT
                    />
                </div>
                <div class="w-full sm:w-56">{sorting(&filter)}</div>
                <Button look=Look::Secondary>{t("list-find")}</Button>
                {clear}
            </div>
            <details open=is_refined>
                <summary class="inline-flex min-h-11 items-center text-accent">
                    {t_with("list-more", [("n", refined.into())])}
                </summary>
                <div class="grid gap-3 pt-2 sm:grid-cols-2 lg:grid-cols-4">
                    {choices(&filter, &campaigns)}
                </div>
            </details>
        </form>
    }
}

fn choices(filter: &Filter, campaigns: &[String]) -> impl IntoView + use<> {
    let claims = Claims::ALL.map(|claims| (claims.as_str().to_owned(), t(claims_key(claims))));
    let kinds = Kind::ALL.map(|kind| (kind.as_str().to_owned(), t(kind_key(kind))));
    let visibilities = address::VISIBILITIES.map(|known| {
        let word = address::visibility(known);
        (
            word.to_owned(),
            t(match word {
                "listed" => "list-visibility-listed",
                "link" => "list-visibility-link",
                _ => "list-visibility-granted",
            }),
        )
    });
    // The one asked for is there to be chosen even where no template names it any more.
    let asked = filter.campaign.iter().filter(|asked| !campaigns.contains(asked));
    let campaigns = asked.chain(campaigns).map(|name| (name.clone(), name.clone()));
    [
        narrowing("claims", "list-claims", claims.to_vec(), filter.claims.map(Claims::as_str)),
        narrowing("campaign", "list-campaign", campaigns.collect(), filter.campaign.as_deref()),
        narrowing(
            "visibility",
            "list-visibility",
            visibilities.to_vec(),
            filter.visibility.map(address::visibility),
        ),
        narrowing("kind", "list-kind", kinds.to_vec(), filter.kind.map(Kind::as_str)),
    ]
    .collect_view()
}

fn sorting(filter: &Filter) -> impl IntoView + use<> {
    let options = Sort::ALL.into_iter().flat_map(|sort| [(sort, false), (sort, true)]);
    let options =
        options.map(|(sort, reversed)| (address::sort(sort, reversed), sort_name(sort, reversed)));
    let chosen = address::sort(filter.sort, filter.reversed);
    choice("sort".to_owned(), "sort", t("list-sort"), options.collect(), &chosen)
}

fn sort_name(sort: Sort, reversed: bool) -> String {
    t(&format!("list-sort-{}{}", sort.as_str(), if reversed { "-reversed" } else { "" }))
}

/// One thing to narrow by; the first choice is not to.
fn narrowing(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    chosen: Option<&str>,
) -> impl IntoView + use<> {
    let any = (String::new(), t("list-any"));
    let options = std::iter::once(any).chain(options).collect();
    choice(name.to_owned(), name, t(label), options, chosen.unwrap_or_default())
}

/// The states with how many there are of each, to be pressed.
#[component]
pub fn StateChips(filter: Filter, page: Page) -> impl IntoView {
    let chip = |state: Option<State>, text: String, n: u64| {
        let is_here = filter.state == state && (state.is_some() || filter.claims.is_none());
        let to = Filter { state, claims: None, page: 0, ..filter.clone() };
        view! {
            <li>
                <ChipLink href=address::write(&to) is_here=is_here>
                    {text}
                    <span class="tabular-nums">{count(n)}</span>
                </ChipLink>
            </li>
        }
    };
    let all: u64 = page.by_state.iter().map(|(_, n)| n).sum();
    let states =
        page.by_state.iter().map(|(state, n)| chip(Some(*state), t(state_key(*state)), *n));
    let states = states.collect_view();
    view! {
        <nav aria-label=t("list-states")>
            <ul class="flex flex-wrap gap-2">{chip(None, t("list-all"), all)} {states}</ul>
        </nav>
    }
}

fn claims_key(claims: Claims) -> &'static str {
    match claims {
        Claims::Open => "list-claims-open",
        Claims::Upcoming => "list-claims-upcoming",
        Claims::AllGone => "list-claims-gone",
        Claims::Closed => "list-claims-closed",
    }
}

fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::AmountOff => "list-kind-amount-off",
        Kind::PercentOff => "list-kind-percent-off",
        Kind::Tiered => "list-kind-tiered",
        Kind::Every => "list-kind-every",
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{Owner, provide_context};

    use super::*;
    use crate::preferences::{Language, Preferences};

    #[test]
    fn every_way_to_sort_has_a_name_in_both_languages() {
        for language in [Language::En, Language::Zh] {
            Owner::new().with(|| {
                provide_context(Preferences { language, theme: None });
                let named = |sort| [sort_name(sort, false), sort_name(sort, true)];
                let names: Vec<String> = Sort::ALL.into_iter().flat_map(named).collect();
                let different: std::collections::BTreeSet<&String> = names.iter().collect();
                assert_eq!(different.len(), names.len());
                assert!(!names.iter().any(|name| name.contains("list-sort")), "{names:?}");
            });
        }
    }
}
