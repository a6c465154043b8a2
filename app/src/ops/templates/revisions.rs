//! The revisions of a template, each with what it changed, and any two compared.

use std::collections::HashMap;

use engine::templates::{VERSIONS, Version};
use leptos::prelude::*;

use crate::locale::{t, t_with};
use crate::ops::difference::{Change, Mark, Piece, What};
use crate::ops::speech::Speech;
use crate::ui::field::INPUT;
use crate::ui::{Button, Card, Look, Moment};

/// Two numbers to compare, as `3..5` or from the two fields of the form.
pub(super) fn asked(
    compare: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> Option<(u32, u32)> {
    let (from, to) = match compare {
        Some(compare) => compare.split_once("..")?,
        None => (from?, to?),
    };
    let (from, to): (u32, u32) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    Some((from.min(to), from.max(to)))
}

/// What the newer of two revisions, by their numbers, says otherwise.
#[component]
pub(super) fn Compared(pair: (u32, u32), changes: Vec<Change>, page: String) -> impl IntoView {
    let (old, new) = pair;
    let title = t_with("compare-title", [("old", old.into()), ("new", new.into())]);
    view! {
        <Card id="compare" title=title>
            {changes_list(changes)}
            <p class="mt-2">
                <a
                    class="inline-flex min-h-11 items-center text-accent underline"
                    href=format!("{page}#revisions")
                >
                    {t("compare-close")}
                </a>
            </p>
        </Card>
    }
}

/// `versions` are newest first; the last of a full answer is there only to be compared with.
#[component]
pub(super) fn Revisions(
    versions: Vec<Version>,
    names: HashMap<String, String>,
    speech: Speech,
    page: String,
    current: u32,
    compared: Option<(u32, u32)>,
) -> impl IntoView {
    let shown = match versions.len() as u64 >= VERSIONS {
        true => &versions[..versions.len() - 1],
        false => &versions[..],
    };
    let entries = shown.iter().enumerate().map(|(i, version)| {
        let author = names.get(&version.author).cloned();
        entry(version, versions.get(i + 1), author, &speech)
    });
    let entries = entries.collect_view();
    let oldest = shown.last().map_or(1, |version| version.revision.number);
    let older = (oldest > 1).then(|| {
        view! {
            <a
                class="inline-flex min-h-11 items-center text-accent underline"
                href=format!("{page}?before={oldest}#revisions")
            >
                {t("revisions-older")}
            </a>
        }
    });
    let newer = shown.first().is_some_and(|first| first.revision.number < current).then(|| {
        view! {
            <a class="mr-4 inline-flex min-h-11 items-center text-accent underline" href=format!("{page}#revisions")>
                {t("revisions-newest")}
            </a>
        }
    });
    let form = (current > 2).then(|| compare_form(&page, current, compared));
    view! {
        <Card id="revisions" title=t("revisions-title")>
            {form}
            <ol class="divide-y divide-y-reverse divide-line">{entries}</ol>
            {newer}
            {older}
        </Card>
    }
}

fn compare_form(page: &str, current: u32, compared: Option<(u32, u32)>) -> impl IntoView + use<> {
    let (from, to) = compared.unwrap_or((current - 2, current));
    let field = |name: &'static str, key: &str, value: u32| {
        view! {
            <div class="w-24">
                <label class="text-sm" for=name>
                    {t(key)}
                </label>
                <input
                    id=name
                    name=name
                    type="number"
                    min="1"
                    max=current.to_string()
                    value=value.to_string()
                    class=INPUT
                />
            </div>
        }
    };
    view! {
        <form method="get" action=format!("{page}#compare") class="mb-2 flex flex-wrap items-end gap-3">
            {field("from", "compare-from", from)} {field("to", "compare-to", to)}
            <Button look=Look::Secondary>{t("compare")}</Button>
        </form>
    }
}

/// A revision: its number, who wrote it and when, and what it changed.
fn entry(
    version: &Version,
    before: Option<&Version>,
    author: Option<String>,
    speech: &Speech,
) -> impl IntoView + use<> {
    let number = version.revision.number;
    let said = match before {
        Some(before) => {
            let changes = speech.difference(&before.revision.draft, &version.revision.draft);
            changes_list(changes).into_any()
        }
        None => {
            view! { <p class="mt-1 break-words">{speech.sentence(&version.revision.draft)}</p> }
                .into_any()
        }
    };
    view! {
        <li class="py-3">
            <p class="flex flex-wrap items-baseline gap-x-2">
                <span class="font-medium tabular-nums">{t_with("revision", [("number", number.into())])}</span>
                <span class="text-sm text-muted">
                    <span dir="auto">{author.unwrap_or_else(|| t("revision-nobody"))}</span>
                    {t("separator")}
                    <Moment at=version.at relative=true />
                </span>
            </p>
            {said}
        </li>
    }
}

/// Changes shown at once; the others are one press away.
const SHOWN_MAX: usize = 8;

pub(super) fn changes_list(mut changes: Vec<Change>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="mt-1 text-muted">{t("compare-same")}</p> }.into_any();
    }
    let rest = changes.split_off(changes.len().min(SHOWN_MAX));
    let more = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary class="inline-flex min-h-11 items-center text-accent">
                    {t_with("compare-more", [("n", rest.len().into())])}
                </summary>
                <dl class="space-y-1">{rest.into_iter().map(change).collect_view()}</dl>
            </details>
        }
    });
    view! {
        <dl class="mt-1 space-y-1">{changes.into_iter().map(change).collect_view()}</dl>
        {more}
    }
    .into_any()
}

fn change(Change { field, what }: Change) -> impl IntoView {
    let what = match what {
        What::Value { old, new } => view! {
            {removed(old)}
            <span aria-hidden="true" class="mx-2 text-muted">"→"</span>
            {added(new)}
        }
        .into_any(),
        What::Members { added: gained, removed: lost } => {
            let gained = gained.into_iter().map(|name| added(format!("+ {name}")));
            let lost = lost.into_iter().map(|name| removed(format!("− {name}")));
            let chip = |member: AnyView| view! { <span class="mr-3 inline-block">{member}</span> };
            gained.chain(lost).map(chip).collect_view().into_any()
        }
        What::Text(pieces) => {
            let piece = |Piece { mark, text }: Piece| match mark {
                Mark::Kept => text.into_any(),
                Mark::Removed => removed(text),
                Mark::Added => added(text),
            };
            view! { <span class="whitespace-pre-line">{pieces.into_iter().map(piece).collect_view()}</span> }
                .into_any()
        }
    };
    view! {
        <div class="grid gap-x-3 sm:grid-cols-4">
            <dt class="text-sm text-muted">{field}</dt>
            <dd class="min-w-0 break-words sm:col-span-3" dir="auto">
                {what}
            </dd>
        </div>
    }
}

/// Struck through, and said to be gone where nobody sees that.
fn removed(text: String) -> AnyView {
    view! {
        <del class="text-muted line-through">
            <span class="sr-only">{t("compare-removed")} " "</span>
            {text}
        </del>
    }
    .into_any()
}

fn added(text: String) -> AnyView {
    view! {
        <ins class="font-medium no-underline">
            <span class="sr-only">{t("compare-added")} " "</span>
            {text}
        </ins>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_revisions_are_asked_for_in_either_order() {
        assert_eq!(asked(Some("3..5"), None, None), Some((3, 5)));
        assert_eq!(asked(Some("5..3"), None, None), Some((3, 5)));
        assert_eq!(asked(None, Some("2"), Some("7")), Some((2, 7)));
        assert_eq!(asked(None, Some("2"), None), None);
        for odd in ["3", "a..b", "..", "-1..2", "3..99999999999"] {
            assert_eq!(asked(Some(odd), None, None), None, "{odd}");
        }
    }
}
