//! Segments and the catalogue, told by tables in the console: all of a table or nothing, with the same
//! report as the API's.

use axum::http::{Method, StatusCode};
use domain::actor::KeyScope;

use super::{EDITOR, SHOPPER, VIEWER};
use crate::testing::TestApp;

#[tokio::test]
async fn a_segment_is_changed_by_a_list_or_told_what_is_wrong_line_by_line() {
    let app = TestApp::open().await;
    for path in ["/ops/segments", "/ops/catalogue"] {
        for mut caller in [app.nobody(), app.shopper(SHOPPER).await] {
            let led = caller.get(path).await;
            assert_eq!(led.location(), format!("/ops/sign-in?to={path}"));
        }
        let seen = app.operator(VIEWER).await.get(path).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(!seen.body.contains("multipart"), "{path}");
    }
    let mut editor = app.operator(EDITOR).await;
    let list = |action: &'static str, file: &'static str| {
        [("segment", "<b>VIP</b>"), ("action", action), ("file", file)]
    };
    let wrong = list("add", "shopper\nmei\n\u{7}\nmei\n");
    let sent = editor.send("segments/change", &wrong).await;
    assert_eq!(sent.location(), "/ops/segments#change");
    let page = editor.get(sent.location()).await.body;
    assert!(page.contains("Nothing of this table was imported"));
    assert!(page.contains("Line 3, shopper:") && page.contains("Line 4, shopper:"));
    assert!(page.contains("value=\"&lt;b&gt;VIP&lt;/b&gt;\""), "what was typed is there");
    let sent = editor.send("segments/change", &list("add", "id\nmei\n")).await;
    let page = editor.get(sent.location()).await.body;
    assert!(page.contains("Line 1: there is no column “shopper”."));
    let sent = editor.send("segments/change", &list("add", "shopper\nmei\nbo\n")).await;
    let page = editor.get(sent.location()).await.body;
    assert!(page.contains("2 ids were never seen here") && page.contains("name=\"confirm\""));
    assert!(page.contains("name=\"list\" value=\"shopper"), "it need not be chosen again");
    let good = [
        ("segment", "<b>VIP</b>"),
        ("action", "add"),
        ("file", ""),
        ("list", "shopper\nmei\nbo\n"),
        ("confirm", "on"),
    ];
    let sent = editor.send("segments/change", &good).await;
    let page = editor.get(sent.location()).await.body;
    assert!(page.contains("2 of the list are in “&lt;b&gt;VIP&lt;/b&gt;” now. In all it has 2."));
    assert!(page.contains("&lt;b&gt;VIP&lt;/b&gt;") && !page.contains("<b>VIP"));
    let count = "/ops/segments?segment=%3Cb%3EVIP%3C%2Fb%3E";
    assert!(editor.get(count).await.body.contains("2 shoppers are in"));
    editor.send("segments/change", &list("remove", "shopper\nbo\n")).await;
    assert!(editor.get(count).await.body.contains("One shopper is in"));
    assert_eq!(editor.get("/ops/segments?segment=%00").await.status, StatusCode::OK);
    for odd in [list("eat", "shopper\nmei\n"), list("add", ""), list("add", "mei\n")] {
        assert!(editor.call("segments/change", &odd).await.status.is_client_error());
    }
    app.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_utf_8_changes_nothing() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    // In GBK, as spreadsheets in China save CSV: right up to a name in the third line.
    let gbk = |head: &str, before: &str| {
        let mut file = format!("{head}\n{before}\n").into_bytes();
        file.extend(b"zoe-1,\xd3\xc5\xbb\xdd\xc8\xaf\n");
        file
    };
    for (function, fields, head, before) in [
        ("segments/change", [("segment", "vip"), ("action", "add")], "shopper,name", "mei,M"),
        ("catalogue/import", [("kind", "categories"), ("x", "")], "id,name", "nuts,Nuts"),
        ("catalogue/import", [("kind", "products"), ("x", "")], "id,name", "fig-1,Fig"),
    ] {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = "--x\r\nContent-Disposition: form-data; ";
            body.extend(format!("{part}name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        body.extend(b"--x\r\nContent-Disposition: form-data; name=\"file\"; ");
        body.extend(b"filename=\"list.csv\"\r\nContent-Type: text/csv\r\n\r\n");
        body.extend(gbk(head, before));
        body.extend(b"\r\n--x--\r\n");
        let headers = [
            ("accept", "text/html"),
            ("content-type", "multipart/form-data; boundary=x"),
            ("sec-fetch-site", "same-origin"),
        ];
        let path = format!("/api/fn/{function}");
        let sent = editor.request(Method::POST, &path, &headers, body).await;
        let page = editor.get(sent.location()).await.body;
        assert!(page.contains("This is no CSV file in UTF-8."), "{function}");
    }
    assert!(editor.get("/ops/segments?segment=vip").await.body.contains("Nobody is in"));
    let shelf = editor.get("/ops/catalogue?search=fig-1").await.body;
    assert!(!shelf.contains(">Fig<"));
    let known = engine::catalogue::current(&app.engine).await.expect("a catalogue");
    assert!(known.categories.iter().all(|category| category.id.as_str() != "nuts"));
    app.close().await;
}

#[tokio::test]
async fn the_console_tells_of_a_wrong_catalogue_what_the_api_tells() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let partner = app.partner(&[KeyScope::Manage]).await;
    for (kind, file) in [
        ("categories", "id,name,parent\nnuts,Nuts,nowhere\nnuts,,\n"),
        ("categories", "id,title\nnuts,Nuts\n"),
        ("categories", "id,name\nnuts\n"),
        ("products", "id,name,category,price\nfig,Fig,fruit,1.999\npear,Pear,nowhere,x\n"),
        ("products", "id,name,category\nfig,Fig,nowhere\nfig,Fig,fruit\n"),
    ] {
        let headers = [("content-type", "text/csv")];
        let path = format!("/catalogue/{kind}");
        let told = partner.send(Method::PUT, &path, &headers, file.to_owned()).await;
        let told = told.json();
        let lines = told["data"]["lines"].as_array().expect("lines").clone();
        let sent = editor.send("catalogue/import", &[("kind", kind), ("file", file)]).await;
        assert_eq!(sent.location(), format!("/ops/catalogue#{kind}"));
        let page = editor.get(sent.location()).await.body;
        for line in &lines {
            let (number, field) = (&line["line"], line["field"].as_str().unwrap_or_default());
            let is_missing = *number == 1 && line["message"] == "Please fill this in.";
            let place = match field {
                "" => format!("Line {number}:"),
                field if is_missing => format!("Line {number}: there is no column “{field}”."),
                field => format!("Line {number}, {field}:"),
            };
            assert!(page.contains(&place), "{place} {told}");
        }
        assert_eq!(page.matches("<li>Line ").count(), lines.len(), "{told}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_catalogue_is_taken_over_and_looked_through() {
    let app = TestApp::open().await;
    let mut editor = app.operator(EDITOR).await;
    let tree = "id,name,parent\npecans,<i>Pecans</i>,nuts\nnuts,Nuts,\n";
    let sent = editor.send("catalogue/import", &[("kind", "categories"), ("file", tree)]).await;
    assert!(editor.get(sent.location()).await.body.contains("Rows imported: 2."));
    let shelf = "id,name,category,price\npecan-1,Pecan bag,pecans,12.30\n";
    let sent = editor.send("catalogue/import", &[("kind", "products"), ("file", shelf)]).await;
    assert!(editor.get(sent.location()).await.body.contains("Rows imported: 1."));
    let top = editor.get("/ops/catalogue").await.body;
    assert!(top.contains("href=\"/ops/catalogue?category=nuts\"") && !top.contains("Pecan bag"));
    let nuts = editor.get("/ops/catalogue?category=nuts").await.body;
    assert!(nuts.contains("&lt;i&gt;Pecans&lt;/i&gt;") && nuts.contains("one product"));
    assert!(nuts.contains("No product lies directly in this category."));
    let missed = editor.get("/ops/catalogue?search=walnut").await.body;
    assert!(missed.contains("No product is called that."));
    let pecans = editor.get("/ops/catalogue?category=pecans").await.body;
    assert!(pecans.contains("Pecan bag") && pecans.contains("12.30"));
    assert!(editor.get("/ops/catalogue?search=PECAN").await.body.contains("pecan-1"));
    for odd in ["category=nowhere", "category=%00", "search=%00"] {
        let seen = editor.get(&format!("/ops/catalogue?{odd}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{odd}");
    }
    let trail = editor.get("/ops/audit?kind=catalogue&who=edda").await.body;
    assert_eq!(trail.matches("Catalogue</span>").count(), 2, "{trail}");
    let odd = editor.call("catalogue/import", &[("kind", "x"), ("file", shelf)]).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    app.close().await;
}
