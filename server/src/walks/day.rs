//! A day in the shop, sent through the API and clicked in browsers, each figure kept by hand. Whatever
//! tells of that day says the same to the unit: from the records, from their sums, and from sums that
//! were made anew.

mod comparing;
mod giving;
mod tally;

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use domain::actor::{KeyScope, System};
use engine::redemption::callbacks::sign;
use engine::rollups;
use serde_json::{Value, json};

use self::comparing::DAY;
use self::tally::{Of, Part, Tally};
use super::{EDITOR, SHOPPER, fields, fill, hidden, value};
use crate::stores::{Store, on_both_stores};
use crate::testing::{Answer, Caller, Partner, TestApp};

on_both_stores![what_was_sent_and_clicked_is_what_every_figure_tells];

const TEMPLATES: [&str; 4] = ["twenty", "five", "invited", "pushed"];
const CHANNELS: [(&str, &str); 3] =
    [("poster", "Posters"), ("app", "The app"), ("till", "The till")];

/// What each shopper holds: of which template, and through which channel it came.
const ANN: Of = ("twenty", "till");
const BEN: [Of; 2] = [("twenty", "poster"), ("five", "till")];
const EVE: Of = ("invited", "poster");
const LIN: [Of; 3] = [("twenty", "poster"), ("five", "poster"), ("invited", "app")];

async fn what_was_sent_and_clicked_is_what_every_figure_tells(store: Store) {
    let app = TestApp::over(&store.engine).await;
    let mut day = Day::begin(&app).await;
    let mut lin = app.shopper(SHOPPER).await;
    lin.get("/").await; // Answers the signing in, which is no view.
    day.cards_are_seen(&mut lin).await;
    day.coupons_are_claimed(&mut lin).await;
    day.an_hour_passes();
    day.coupons_are_given().await;
    day.codes_are_entered().await;
    day.claims_wait_in_line().await;
    day.an_hour_passes();
    day.carts_are_quoted().await;
    day.an_hour_passes();
    day.tills_sell().await;
    day.a_given_coupon_is_used().await;
    day.an_hour_passes();
    let order = day.a_basket_is_bought(&mut lin).await;
    day.an_hour_passes();
    day.goods_come_back(&mut lin, &order).await;
    // Some of it is said outright, so that the tally has to be right as well.
    let of_all = "2026-03-02,15,12,8,7,5,469.12,84.00,232.07,153.05";
    assert_eq!(day.lines(Part::default(), DAY), [of_all]);
    day.compare("the records").await;
    rollups::work(&app.engine, System).await.expect("sums");
    day.compare("sums").await;
    rollups::rebuild(&app.engine, System).await.expect("sums again");
    day.compare("sums made anew").await;
}

struct Day<'a> {
    app: &'a TestApp,
    shop: Partner<'a>,
    /// The id of each template.
    ids: BTreeMap<&'static str, String>,
    /// The page that the link of the one by invitation leads to.
    landing: String,
    /// The redemption of each order that may come back.
    paid: BTreeMap<&'static str, String>,
    tally: Tally,
}

impl<'a> Day<'a> {
    /// Opens the shop: channels are named in the console, templates come through the API.
    async fn begin(app: &'a TestApp) -> Self {
        let mut editor = app.operator(EDITOR).await;
        for (channel, name) in CHANNELS {
            editor.send("channels/name", &[("channel", channel), ("name", name)]).await;
        }
        let shop = app.partner(&KeyScope::ALL).await;
        let drafts = [
            json!({
                "name": "Twenty off", "stock": 50,
                "benefit": { "kind": "amount_off", "amount": "20", "min_spend": "100" },
                "stacking": { "group": "a", "exclusive": false },
            }),
            json!({
                "name": "Five off", "stock": 2,
                "benefit": { "kind": "amount_off", "amount": "5", "min_spend": "30" },
                "stacking": { "group": "b", "exclusive": false },
            }),
            json!({
                "name": "By invitation", "stock": 50, "visibility": "link",
                "benefit": { "kind": "amount_off", "amount": "10", "min_spend": "30" },
                "scope": { "include": { "categories": ["dairy"] } },
                "channels": [{ "name": "poster", "quota": 1 }, { "name": "app" }],
            }),
            json!({
                "name": "Pushed", "stock": 5, "visibility": "link", "lane": "queued",
                "benefit": { "kind": "amount_off", "amount": "4", "min_spend": "30" },
            }),
        ];
        let (mut ids, mut landing) = (BTreeMap::new(), String::new());
        for (name, draft) in TEMPLATES.into_iter().zip(drafts) {
            let made = shop.post("/templates", &draft).await;
            assert_eq!(made.status, 201, "{made:?}");
            let made = made.json();
            let id = text(&made["id"]);
            let live = shop.post(&format!("/templates/{id}/publish"), &json!({})).await;
            assert_eq!(live.json()["state"], "live", "{live:?}");
            ids.insert(name, id);
            if name == "invited" {
                let link = text(&made["link"]);
                let (_, token) = link.split_once("/t/").expect("a token");
                landing = format!("/t/{token}");
            }
        }
        let (paid, tally) = (BTreeMap::new(), Tally::new(&app.engine));
        Self { app, shop, ids, landing, paid, tally }
    }

    fn an_hour_passes(&self) {
        self.app.engine.clock().advance(TimeDelta::hours(1));
    }

    /// On the shop's own pages, in the center and on a landing page; by a stranger too.
    async fn cards_are_seen(&mut self, lin: &mut Caller<'_>) {
        let (twenty, five) = (&self.ids["twenty"], &self.ids["five"]);
        let never = "00000000-0000-0000-0000-000000000000";
        let views = json!([
            { "template": twenty, "channel": "till", "visitor": "ann" },
            { "template": twenty, "channel": "poster", "visitor": "ben" },
            { "template": five },
            { "template": never, "channel": "poster", "visitor": "ben" },
        ]);
        let view = json!({ "template": five, "channel": "poster", "visitor": "ben" });
        for views in [views, view] {
            assert_eq!(self.shop.post("/views", &views).await.status, 202);
        }
        self.tally.seen(("twenty", "till"), Some("ann"));
        self.tally.seen(("twenty", "poster"), Some("ben"));
        self.tally.seen(("five", ""), None);
        self.tally.seen(("five", "poster"), Some("ben"));

        let mut stranger = self.app.nobody();
        // Who came by a channel stays with it.
        for path in ["/c/poster", "/"] {
            self.look(&mut stranger, "a stranger", path, "poster", &["twenty", "five"]).await;
        }
        self.look(lin, "lin", "/c/poster", "poster", &["twenty", "five"]).await;
    }

    /// Somebody looks at a page of the center: each card on it is a view.
    async fn look(
        &mut self,
        browser: &mut Caller<'_>,
        who: &'static str,
        path: &str,
        channel: &'static str,
        cards: &[&'static str],
    ) -> String {
        let page = browser.get(path).await.body;
        for name in TEMPLATES {
            let card = format!("id=\"coupon-{}\"", self.ids[name]);
            assert_eq!(page.contains(&card), cards.contains(&name), "{name} on {path}");
        }
        for name in cards {
            self.tally.seen((*name, channel), Some(who));
        }
        page
    }

    async fn coupons_are_claimed(&mut self, lin: &mut Caller<'_>) {
        // The same request again is no second claim.
        for _ in 0..2 {
            assert_eq!(self.claim("ann", ANN).await.status, 201);
        }
        self.tally.claimed(ANN);
        for (shopper, of) in [("ben", BEN[0]), ("ben", BEN[1]), ("eve", EVE)] {
            assert_eq!(self.claim(shopper, of).await.status, 201);
            self.tally.claimed(of);
        }

        self.press(lin, "twenty", None).await;
        self.tally.claimed(LIN[0]);
        self.press(lin, "five", None).await;
        self.tally.claimed(LIN[1]);
        self.press(lin, "twenty", None).await;
        self.tally.claim_refused(LIN[0], "claim_limit_reached");
        let landing = format!("{}?channel=app", self.landing);
        let page = self.look(lin, "lin", &landing, "app", &["twenty", "five", "invited"]).await;
        self.press(lin, "invited", Some(&hidden(&page, "link"))).await;
        self.tally.claimed(LIN[2]);

        self.an_hour_passes();
        for (shopper, of, why) in [
            ("ann", ANN, "claim_limit_reached"),
            ("dan", ("five", "till"), "sold_out"),
            ("dan", ("invited", "till"), "channel_mismatch"),
            ("dan", ("invited", "poster"), "channel_quota_reached"),
        ] {
            assert_eq!(self.claim(shopper, of).await.json()["code"], why);
            self.tally.claim_refused(of, why);
        }
    }

    /// Claims through the API; within the hour it is the same request again.
    async fn claim(&self, shopper: &str, (name, channel): Of) -> Answer {
        let ask = json!({ "shopper": shopper, "template": self.ids[name], "channel": channel });
        let key = format!("{shopper} {name} {channel} {}", self.app.engine.now().timestamp());
        self.shop.post_under(&key, "/claims", &ask).await
    }

    /// Presses a card's button, and reads the page that answers.
    async fn press(&self, browser: &mut Caller<'_>, name: &str, link: Option<&str>) {
        let mut form = vec![("template", self.ids[name].as_str())];
        form.extend(link.map(|link| ("link", link)));
        let sent = browser.send("issuance/claim", &form).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
        assert_eq!(browser.get(sent.location()).await.status, StatusCode::OK);
    }

    async fn carts_are_quoted(&mut self) {
        let of_ann = self.coupon_of("ann").await;
        for (shopper, goods, coupon, of, why) in [
            ("ann", cart("kale", "90", 1), None, ANN, "below_threshold"),
            ("ben", cart("kale", "100", 1), Some(&of_ann), ANN, "not_owner"),
            ("eve", cart("kale", "50", 1), None, EVE, "no_covered_lines"),
        ] {
            self.quote_refuses(shopper, goods, coupon, of, why).await;
        }
    }

    /// Quotes a cart for which the one coupon that is looked at is of no use.
    async fn quote_refuses(
        &mut self,
        shopper: &str,
        goods: Value,
        coupon: Option<&String>,
        of: Of,
        why: &'static str,
    ) {
        let mut ask = json!({ "shopper": shopper, "cart": goods });
        if let Some(coupon) = coupon {
            ask["coupons"] = json!([coupon]);
        }
        let quote = self.shop.post("/quotes", &ask).await.json();
        let refused = quote["refused"].as_array().expect("a list");
        assert_eq!(refused.len(), 1, "{quote}");
        assert_eq!(refused[0]["code"], why);
        self.tally.quote_refused(of, why);
    }

    /// The code of the only coupon of a shopper.
    async fn coupon_of(&self, shopper: &str) -> String {
        let wallet = self.shop.get(&format!("/shoppers/{shopper}/coupons")).await.json();
        text(&wallet["items"][0]["code"])
    }

    /// Locks, releases and payments through the API, by one step and by several.
    async fn tills_sell(&mut self) {
        let of_ann = self.coupon_of("ann").await;
        let three = || cart("kale", "33.34", 3);
        let ask = json!({ "order": "A-1", "shopper": "ann", "cart": three() });
        let lock = self.shop.post("/locks", &ask).await;
        assert_eq!(lock.status, 201, "{lock:?}");
        self.tally.locked(ANN);
        // Replaced, the lock holds the coupon that it held.
        assert_eq!(self.shop.post("/locks", &ask).await.status, 200);
        self.quote_refuses("ann", three(), Some(&of_ann), ANN, "locked_by_other_order").await;
        let path = format!("/locks/{}", text(&lock.json()["id"]));
        assert_eq!(self.shop.delete(&path).await.status, 204);
        assert_eq!(self.shop.post("/locks", &ask).await.status, 200);
        self.tally.locked(ANN);
        for status in [StatusCode::CREATED, StatusCode::OK] {
            let pay = json!({ "payment": "p-a" });
            let paid = self.shop.post(&format!("{path}/redemption"), &pay).await;
            assert_eq!(paid.status, status, "{paid:?}");
            self.paid.insert("A-1", text(&paid.json()["id"]));
        }
        self.tally.paid(10_002, &[(ANN, 2_000)]);
        self.quote_refuses("ann", three(), Some(&of_ann), ANN, "already_redeemed").await;

        let ask = json!({
            "order": "B-1", "shopper": "ben", "cart": cart("kale", "150", 1), "payment": "p-b",
        });
        let paid = self.shop.post("/redemptions", &ask).await;
        assert_eq!(paid.json()["discount"], "25.00", "{paid:?}");
        self.paid.insert("B-1", text(&paid.json()["id"]));
        BEN.into_iter().for_each(|of| self.tally.locked(of));
        self.tally.paid(15_000, &[(BEN[0], 2_000), (BEN[1], 500)]);

        let milk = cart("uht-milk", "45.90", 1);
        let ask = json!({ "order": "E-1", "shopper": "eve", "cart": milk });
        let lock = self.shop.post("/locks", &ask).await;
        assert_eq!(lock.json()["quote"]["discount"], "10.00", "{lock:?}");
        self.tally.locked(EVE);
        for _ in 0..2 {
            self.center_tells_of_payment("E-1").await;
        }
        self.tally.paid(4_590, &[(EVE, 1_000)]);

        // What is of no coupon, or was refused, is in no funnel.
        let none = json!({
            "order": "F-1", "shopper": "fay", "cart": cart("kale", "12", 1), "payment": "p-f",
        });
        assert_eq!(self.shop.post("/redemptions", &none).await.status, 201);
        let foreign = json!({
            "order": "D-1", "shopper": "dan", "cart": three(), "coupons": [of_ann],
        });
        assert_eq!(self.shop.post("/locks", &foreign).await.json()["code"], "not_owner");
    }

    async fn center_tells_of_payment(&self, order: &str) {
        let told = json!({
            "type": "payment.succeeded", "data": { "order": order, "payment": "p-e" },
        });
        let body = told.to_string();
        let envelope = sign(&self.app.engine, body.as_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", envelope.id.as_str()),
            ("webhook-timestamp", envelope.timestamp.as_str()),
            ("webhook-signature", envelope.signature.as_str()),
        ];
        let door = "/api/v1/callbacks/payments";
        let heard = self.app.nobody().request(Method::POST, door, &headers, body).await;
        assert_eq!(heard.status, 200, "{heard:?}");
    }

    /// From the basket to the order that the demo's payment center tells of; answers which that is. A
    /// look at the basket, and the press that orders, quote the whole wallet.
    async fn a_basket_is_bought(&mut self, lin: &mut Caller<'_>) -> String {
        let [twenty, five, invited] = LIN;
        fill(lin, &[("vegetable-gift-box", "3")]).await;
        lin.get("/basket").await;
        self.tally.quote_refused(twenty, "below_threshold");
        self.tally.quote_refused(invited, "no_covered_lines");
        fill(lin, &[("vegetable-gift-box", "4")]).await;
        let basket = lin.get("/basket").await.body;
        self.tally.quote_refused(invited, "no_covered_lines");
        let order = hidden(&basket, "order");
        let ticked = fields(&basket, "coupons[]").filter(|tag| tag.contains("checked"));
        let ticked = ticked.filter_map(value).map(|code| ("coupons[]", code));
        let form: Vec<_> =
            [("order", order.as_str()), ("discount", "2500")].into_iter().chain(ticked).collect();
        let placed = lin.send("redemption/check-out", &form).await;
        assert_eq!(placed.location(), format!("/orders/{order}"));
        self.tally.quote_refused(invited, "no_covered_lines");
        self.tally.locked(twenty);
        self.tally.locked(five);
        let payment = hidden(&lin.get(placed.location()).await.body, "payment");
        for _ in 0..2 {
            let pay = [("order", order.as_str()), ("payment", payment.as_str())];
            lin.send("redemption/pay", &pay).await;
        }
        self.tally.paid(13_320, &[(twenty, 2_000), (five, 500)]);
        order
    }

    /// Part by part, as a whole, and by a form; a coupon comes back with the first refund alone.
    async fn goods_come_back(&mut self, lin: &mut Caller<'_>, order: &str) {
        let one = json!([{ "id": "1", "quantity": 1 }]);
        self.give_back("A-1", &json!({ "refund": "r-1", "lines": one }), "26.67").await;
        self.tally.came_back(2_667, &[ANN]);
        self.give_back("A-1", &json!({ "refund": "r-2" }), "53.35").await;
        self.tally.refunded(5_335, &[ANN]);
        self.give_back("B-1", &json!({ "refund": "r-3" }), "125.00").await;
        self.tally.came_back(12_500, &BEN);

        let refund = hidden(&lin.get(&format!("/orders/{order}")).await.body, "refund");
        let form = [
            ("order", order),
            ("refund", refund.as_str()),
            ("lines[0]", "vegetable-gift-box"),
            ("quantities[0]", "1"),
        ];
        for _ in 0..2 {
            lin.send("redemption/give-back", &form).await;
        }
        self.tally.came_back(2_705, &LIN[..2]);
        // An order's page answers that form, and not the center that is looked at next.
        self.look(lin, "lin", "/", "app", &["twenty", "five"]).await;
    }

    async fn give_back(&self, order: &str, ask: &Value, amount: &str) {
        let path = format!("/redemptions/{}/returns", self.paid[order]);
        let back = self.shop.post(&path, ask).await;
        assert_eq!(back.json()["amount"], amount, "{back:?}");
    }
}

/// A cart of one line.
fn cart(product: &str, unit_price: &str, quantity: u32) -> Value {
    json!({ "lines": [
        { "id": "1", "product": product, "unit_price": unit_price, "quantity": quantity },
    ] })
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
