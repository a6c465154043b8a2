//! Who may call what: every call times every scope.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use domain::actor::KeyScope::{self, *};

use super::problem;
use crate::testing::TestApp;

/// Every call and the scopes that open it, one of them each. A call without a row fails the test.
/// The payment center has no key: it signs ([`CALLBACKS`]).
const CALLS: &[(Method, &str, &[KeyScope])] = &[
    (Method::POST, "/quotes", &[Quote]),
    (Method::POST, "/locks", &[Redeem]),
    (Method::GET, "/locks/{id}", &[Redeem, Read]),
    (Method::DELETE, "/locks/{id}", &[Redeem]),
    (Method::POST, "/locks/{id}/redemption", &[Redeem]),
    (Method::POST, "/redemptions", &[Redeem]),
    (Method::GET, "/redemptions/{id}", &[Redeem, Read]),
    (Method::POST, "/redemptions/{id}/returns", &[Redeem]),
    (Method::POST, "/claims", &[Claim]),
    (Method::GET, "/claims/{ticket}", &[Claim]),
    (Method::PUT, "/shoppers/{id}", &[Manage]),
    (Method::GET, "/shoppers/{id}/coupons", &[Read]),
    (Method::POST, "/wallets/query", &[Read]),
    (Method::POST, "/orders", &[Redeem]),
    (Method::POST, "/views", &[Claim]),
    (Method::GET, "/events", &[Read]),
    (Method::GET, "/funnel", &[Read]),
    (Method::GET, "/templates", &[Read, Manage]),
    (Method::POST, "/templates", &[Manage]),
    (Method::GET, "/templates/{id}", &[Read, Manage]),
    (Method::PUT, "/templates/{id}", &[Manage]),
    (Method::POST, "/templates/{id}/publish", &[Manage]),
    (Method::POST, "/templates/{id}/pause", &[Manage]),
    (Method::POST, "/templates/{id}/end", &[Manage]),
    (Method::POST, "/templates/{id}/pool", &[Manage]),
    (Method::GET, "/templates/{id}/pool", &[Read, Manage]),
    (Method::GET, "/templates/{id}/pool.csv", &[Manage]),
    (Method::POST, "/grants", &[Grant]),
    (Method::GET, "/grants/{id}", &[Grant, Read]),
    (Method::GET, "/grants/{id}/failures.csv", &[Grant, Read]),
    (Method::PUT, "/catalogue/categories", &[Manage]),
    (Method::PUT, "/catalogue/products", &[Manage]),
];

const CALLBACKS: &str = "/callbacks/payments";

fn described() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(super::super::described().1).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let calls = paths.iter().flat_map(|(path, calls)| {
        let path = path.strip_prefix("/api/v1").expect("below the base path").to_owned();
        let methods = calls.as_object().expect("methods").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    });
    calls.collect()
}

#[test]
fn what_is_said_of_a_call_ends_with_its_scopes() {
    let document = crate::v1::document().document;
    for (method, path, scopes) in CALLS {
        let method = method.as_str().to_lowercase();
        let call = &document["paths"][format!("/api/v1{path}")][&method];
        let said = call["description"].as_str().expect("a description");
        let (_, named) = said.rsplit_once("Needs").expect("what it needs");
        for scope in KeyScope::ALL {
            let is_named = named.contains(&format!("`{}`", scope.as_str()));
            assert_eq!(is_named, scopes.contains(&scope), "{method} {path}: {named}");
        }
    }
}

#[tokio::test]
async fn whatever_is_not_there_is_a_problem() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[Read]).await;
    for path in ["", "/", "/nothing", "/quotes/nothing", "/%FF"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = partner.send(method, path, &[], String::new()).await;
            assert_eq!(problem(&answer), (404, "not_found".into()), "{path}");
        }
    }
    // Whoever mistakes the base path is a program, too.
    for path in ["/api", "/api/", "/api/quotes", "/api/v2/quotes", "/api/docs/nothing"] {
        let answer = app.nobody().request(Method::POST, path, &[], "{}").await;
        assert_eq!(problem(&answer), (404, "not_found".into()), "{path}");
    }
    app.close().await;
}

#[tokio::test]
async fn every_call_asks_for_a_key_that_opens_it() {
    let known = CALLS.iter().map(|(method, path, _)| (method.to_string(), (*path).to_owned()));
    let known: BTreeSet<_> = known.chain([("POST".to_owned(), CALLBACKS.to_owned())]).collect();
    assert_eq!(described(), known, "a new call needs a row here");
    let app = TestApp::empty().await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let nobody = app.partner_with("quan_nobody");
    for (method, path, _) in CALLS {
        let answer = nobody.send(method.clone(), path, &headers, "{}".to_owned()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    for scope in KeyScope::ALL {
        let partner = app.partner(&[scope]).await;
        for (method, path, scopes) in CALLS {
            let answer = partner.send(method.clone(), path, &headers, "{}".to_owned()).await;
            let is_open = scopes.contains(&scope);
            assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} by {scope:?}");
            let is_forbidden = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(is_forbidden, !is_open, "{method} {path} by {scope:?}: {answer:?}");
        }
        let unsigned = partner.send(Method::POST, CALLBACKS, &headers, "{}".to_owned()).await;
        assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED, "{unsigned:?}");
    }
    app.close().await;
}
