//! Who may open which page of the console, and take which file.

use std::collections::BTreeSet;

use app::{form::sign_in_page, routes::App};
use axum::http::StatusCode;
use engine::demo;
use leptos_axum::generate_route_list;

use super::SHOPPER;
use crate::downloads;
use crate::testing::TestApp;

/// What anybody may open. Everything else asks who is there first.
const OPEN: &[&str] = &["/ops/sign-in"];

/// What takes an operator, whatever their role.
const ANY_ROLE: &[&str] = &[
    "/ops",
    "/ops/audit",
    "/ops/audit.csv",
    "/ops/catalogue",
    "/ops/channels",
    "/ops/channels.csv",
    "/ops/coupons",
    "/ops/coupons/{code}",
    "/ops/exceptions",
    "/ops/forecast",
    "/ops/funnel",
    "/ops/funnel.csv",
    "/ops/funnel/coupons.csv",
    "/ops/funnel/{stage}",
    "/ops/grants",
    "/ops/grants/{id}",
    "/ops/grants/{id}/failures.csv",
    "/ops/health",
    "/ops/operators",
    "/ops/risk",
    "/ops/segments",
    "/ops/templates",
    "/ops/templates/{id}",
    "/ops/webhooks",
    "/ops/webhooks/{id}",
];

/// What takes an operator who may edit.
const EDITORS: &[&str] = &[
    "/ops/templates/many",
    "/ops/templates/new",
    "/ops/templates/{id}/edit",
    "/ops/templates/{id}/pool.csv",
];

/// What takes an admin; an operator's own page is theirs too.
const ADMINS: &[&str] = &["/ops/keys", "/ops/operators/new", "/ops/operators/{id}"];

/// An address of that kind, where nothing is.
fn somewhere(path: &str) -> String {
    const NOTHING: &str = "00000000-0000-0000-0000-000000000000";
    let parts = path.split('/').map(|part| if part.starts_with('{') { NOTHING } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_page_and_file_of_the_console_asks_who_is_there() {
    let app = TestApp::open().await;
    let known: BTreeSet<&str> = [OPEN, ANY_ROLE, EDITORS, ADMINS].concat().into_iter().collect();
    let (pages, files) = (generate_route_list(App), downloads::files());
    let found = pages.iter().map(|page| page.path()).chain(files.iter().map(|(path, _)| *path));
    let found: BTreeSet<&str> = found.filter(|path| path.starts_with("/ops")).collect();
    assert_eq!(found, known, "a new page or file needs a row here");
    for mut caller in [app.nobody(), app.shopper(SHOPPER).await] {
        for path in OPEN {
            assert_eq!(caller.get(path).await.status, StatusCode::OK, "{path}");
        }
        for path in [ANY_ROLE, EDITORS, ADMINS].concat() {
            let path = somewhere(path);
            assert_eq!(caller.get(&path).await.location(), sign_in_page(&path));
        }
    }
    for (email, _, role) in demo::OPERATORS {
        let mut caller = app.operator(email).await;
        for (paths, is_open) in
            [(ANY_ROLE, true), (EDITORS, role.can_edit()), (ADMINS, role.can_administer())]
        {
            for path in paths {
                let status = caller.get(&somewhere(path)).await.status;
                let may_look = matches!(status, StatusCode::OK | StatusCode::NOT_FOUND);
                let told = (may_look, status == StatusCode::FORBIDDEN);
                assert_eq!(told, (is_open, !is_open), "{path} by {email}: {status}");
            }
        }
    }
    app.close().await;
}
