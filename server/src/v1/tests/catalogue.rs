//! The catalogue in bulk.

use std::cell::Cell;
use std::cmp::Ordering;

use axum::http::Method;
use domain::actor::{KeyScope, Shopper};
use engine::catalogue;
use engine::issuance::{self, Via};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::problem;
use crate::testing::{Answer, Partner, TestApp};

async fn put_csv(partner: &Partner<'_>, kind: &str, csv: impl Into<String>) -> Answer {
    let headers = [("content-type", "text/csv; charset=utf-8")];
    let path = format!("/catalogue/{kind}");
    partner.send(Method::PUT, &path, &headers, csv.into()).await
}

/// Line, field and sentence of each line that is wrong.
fn lines(answer: &Answer) -> Vec<(u64, String)> {
    assert_eq!(problem(answer), (422, "invalid".into()), "{answer:?}");
    let told = answer.json()["data"]["lines"].as_array().expect("lines").clone();
    let line = |line: &Value| {
        assert!(line["message"].as_str().is_some_and(|message| !message.is_empty()));
        let field = line["field"].as_str().expect("text").to_owned();
        (line["line"].as_u64().expect("a line"), field)
    };
    told.iter().map(line).collect()
}

#[tokio::test]
async fn a_catalogue_comes_as_json_or_csv() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let csv = "\u{feff}name,id,parent\r\n\"Leafy, green\",leafy,veg\r\nVegetables,veg,\r\n";
    let put = put_csv(&partner, "categories", csv).await;
    assert_eq!((put.status.as_u16(), put.json()), (200, json!({ "rows": 2 })));
    let products = json!([
        { "id": "kale", "name": "Kale", "category": "leafy", "price": "12.3" },
        { "id": "bag", "name": "Bag" },
    ]);
    let put = partner.put("/catalogue/products", &products).await;
    assert_eq!((put.status.as_u16(), put.json()), (200, json!({ "rows": 2 })));
    let known = catalogue::current(&app.engine).await.expect("a catalogue");
    assert_eq!(known.categories[0].name, "Leafy, green");
    let kale = known.product(&"kale".parse().expect("an id")).expect("kale");
    assert_eq!(kale.price, Some(domain::Money::minor(1_230)));
    assert_eq!(partner.put("/catalogue/products", &json!([])).await.json()["rows"], 0);
    let reader = app.partner(&[KeyScope::Read]).await;
    let refused = reader.put("/catalogue/products", &products).await;
    assert_eq!(problem(&refused), (403, "forbidden".into()));
    app.close().await;
}

#[tokio::test]
async fn every_line_that_is_wrong_is_told_and_nothing_is_put() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let csv = "id,name,category,price\nkale,Kale,,1.2.3\n,Nameless,,\nbag,\"two\nlines\",nowhere,1\n\
        bag,Bag,,2\n";
    // Cells are read first, then the rows that they make.
    let answer = put_csv(&partner, "products", csv).await;
    assert_eq!(lines(&answer), [(2, "price".into()), (3, "id".into())]);
    let csv = "id,name,category,price\nbag,\"two\nlines\",nowhere,1\nbag,Bag,,2\n";
    let answer = put_csv(&partner, "products", csv).await;
    let told = [(2, "category".into()), (2, "name".into()), (4, "id".into())];
    let mut found = lines(&answer);
    found.sort();
    assert_eq!(found, told);
    let json = json!([{ "id": "a", "name": "A" }, { "id": "b", "name": "B", "parent": "c" },
        { "id": "d", "name": "D", "parent": "d" }]);
    let answer = partner.put("/catalogue/categories", &json).await;
    assert_eq!(lines(&answer), [(2, "parent".into()), (3, "parent".into())]);
    let json = json!([{ "id": "a", "name": "A" }, { "id": "b", "name": "B", "colour": "c" }]);
    let answer = partner.put("/catalogue/categories", &json).await;
    assert_eq!(lines(&answer), [(2, "colour".into())]);
    let answer = put_csv(&partner, "products", "id,nam,id\n").await;
    assert_eq!(lines(&answer), [(1, "nam".into()), (1, "id".into()), (1, "name".into())]);
    let answer = put_csv(&partner, "products", "id,name\na,A\nb\nc,C,c\n").await;
    assert_eq!(lines(&answer), [(3, String::new()), (4, String::new())]);
    assert_eq!(lines(&put_csv(&partner, "products", "").await)[0].0, 1);
    for body in ["{}", "", "[1]", "[{\"id\":1}]"] {
        let headers = [("content-type", "application/json")];
        let path = "/catalogue/products";
        let answer = partner.send(Method::PUT, path, &headers, body.to_owned()).await;
        assert_eq!(problem(&answer), (400, "unreadable".into()), "{body}");
    }
    let headers = [("content-type", "text/plain")];
    let answer = partner.send(Method::PUT, "/catalogue/products", &headers, csv.to_owned()).await;
    assert_eq!(problem(&answer), (415, "unsupported_media_type".into()));
    let known = catalogue::current(&app.engine).await.expect("a catalogue");
    assert!(known.products.is_empty() && known.categories.is_empty());
    app.close().await;
}

/// How many lines of a table are laid down and not yet moved to where they belong.
async fn lying(app: &TestApp) -> i64 {
    let db = app.engine.migration_connection();
    let count = "SELECT count(*) FROM catalogue_lines";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), count)).await;
    row.expect("an answer").expect("a row").try_get_by(0).expect("a number")
}

#[tokio::test]
async fn a_hundred_thousand_lines_come_in_one_call_and_claims_go_on() {
    let app = TestApp::empty().await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    let benefit = json!({ "kind": "amount_off", "amount": "1" });
    let made = partner.post("/templates", &json!({ "name": "1 off", "benefit": benefit })).await;
    let path = format!("/templates/{}/publish", made.json()["id"].as_str().expect("an id"));
    let template = partner.post(&path, &json!({})).await.json()["id"].clone();
    let template = template.as_str().expect("an id").parse().expect("an id");
    let mut csv = "id,name,price\n".to_owned();
    for n in 0..100_000 {
        csv.push_str(&format!("p{n},Product {n},{}.99\n", n % 100));
    }
    let is_answered = Cell::new(false);
    let putting = async {
        let put = put_csv(&partner, "products", csv.clone()).await;
        is_answered.set(true);
        put
    };
    // What lay there when a claim had its answer, and the call had none yet.
    let claiming = async {
        let mut seen = Vec::new();
        for n in 0.. {
            let shopper = Shopper { id: format!("s{n}").parse().expect("an id") };
            let claimed = issuance::claim(&app.engine, &shopper, template, Via::default()).await;
            claimed.expect("claimed");
            let lines = lying(&app).await;
            if is_answered.get() {
                break;
            }
            seen.push(lines);
        }
        seen
    };
    let (put, seen) = tokio::join!(putting, claiming);
    assert_eq!((put.status.as_u16(), put.json()), (200, json!({ "rows": 100_000 })));
    // Claims came in between both while lines were laid down and while they were moved on.
    let midway = |two: &[i64]| (two[0] > 0 && two[1] > 0).then(|| two[0].cmp(&two[1]));
    let ways: Vec<Ordering> = seen.windows(2).filter_map(midway).collect();
    assert!(ways.contains(&Ordering::Less) && ways.contains(&Ordering::Greater), "{seen:?}");
    let known = catalogue::current(&app.engine).await.expect("a catalogue");
    assert_eq!(known.products.len(), 100_000);
    csv.push_str("p,One too many,1\n");
    assert_eq!(lines(&put_csv(&partner, "products", csv).await), [(100_002, String::new())]);
    app.close().await;
}
