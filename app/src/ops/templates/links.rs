//! The links that lead shoppers to a template, each with its QR code.

use axum::http::{header, request::Parts};
use domain::template::{ChannelQuota, State, Visibility};
use engine::templates::Template;
use leptos::prelude::*;

use crate::context::IsTls;
use crate::form::escaped;
use crate::locale::{t, t_with};
use crate::ui::{Card, Qr};

/// A link, and whom it is for.
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) address: String,
}

/// Nothing where nobody comes by a link: given ones are in wallets already.
#[component]
pub(super) fn Links(template: Template) -> impl IntoView {
    let ways = ways(&template);
    (!ways.is_empty()).then(|| {
        let is_shown = template.state == State::Live;
        view! {
            <Card title=t("links-title")>
                {(!is_shown).then(|| view! { <p class="text-muted">{t("links-later")}</p> })}
                {list(ways)}
            </Card>
        }
    })
}

/// Links, each with its QR code.
pub(crate) fn list(ways: Vec<Way>) -> impl IntoView {
    let way = |Way { name, address }: Way| {
        let label = t_with("links-qr", [("name", name.clone().into())]);
        view! {
            <li class="flex flex-wrap items-start gap-4 py-3">
                <div class="min-w-0 flex-1">
                    <p class="text-sm text-muted" dir="auto">
                        {name.clone()}
                    </p>
                    <a
                        class="inline-block py-2 break-all text-accent underline select-all"
                        href=address.clone()
                    >
                        {address.clone()}
                    </a>
                </div>
                <details class="w-full sm:w-auto">
                    <summary class="inline-flex min-h-11 items-center text-accent">
                        {t("links-show-qr")} <span class="sr-only">{format!(" {name}")}</span>
                    </summary>
                    <div class="w-48 max-w-full overflow-hidden rounded-lg border border-line">
                        <Qr text=address.clone() label=label />
                    </div>
                </details>
            </li>
        }
    };
    let ways = ways.into_iter().map(way).collect_view();
    view! { <ul class="divide-y divide-y-reverse divide-line">{ways}</ul> }
}

fn ways(template: &Template) -> Vec<Way> {
    let draft = template.draft();
    // Its own link, or where all look; of a channel that link with its name, or the channel's page.
    let (name, address, of_channel) = match (draft.visibility, &template.link_token) {
        (Visibility::Listed, _) => ("links-center", "/".to_owned(), "/c/".to_owned()),
        (Visibility::Link, Some(token)) => {
            let own = format!("/t/{}", escaped(token));
            ("links-own", own.clone(), format!("{own}?channel="))
        }
        (Visibility::Link, None) | (Visibility::Granted, _) => return Vec::new(),
    };
    if draft.channels.is_empty() {
        return vec![Way { name: t(name), address: absolute(&address) }];
    }
    // One that names no channel would lead to a coupon that cannot be claimed.
    let way = |channel: &ChannelQuota| Way {
        name: t_with("links-channel", [("channel", channel.name.to_string().into())]),
        address: absolute(&format!("{of_channel}{}", escaped(channel.name.as_str()))),
    };
    draft.channels.iter().map(way).collect()
}

/// The path under the name by which the shop was reached.
pub(crate) fn absolute(path: &str) -> String {
    let host = with_context::<Parts, _>(|parts| {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.map(str::to_owned).or_else(|| parts.uri.authority().map(ToString::to_string))
    });
    let scheme = if use_context() == Some(IsTls(true)) { "https" } else { "http" };
    match host.flatten() {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => path.to_owned(),
    }
}
