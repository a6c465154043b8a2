//! What shoppers get without a claim that is answered at once: coupons given to many, codes of a pool,
//! and claims that wait in line. All of it is of one template, whose stock is one too few.

use domain::actor::System;
use engine::issuance::tickets;
use engine::{grants, pools};
use serde_json::json;

use super::tally::Of;
use super::{Day, cart, text};

/// Through no channel: what is given, and a code that is entered by somebody who followed no link.
const GIVEN: Of = ("pushed", "");
const ENTERED: Of = ("pushed", "poster");
const WAITED: Of = ("pushed", "app");
const LATE: Of = ("pushed", "till");

impl Day<'_> {
    pub(super) async fn coupons_are_given(&mut self) {
        let ask = json!({ "template": self.ids["pushed"], "shoppers": ["gil", "hal", "gil"] });
        let asked = self.shop.post("/grants", &ask).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        while grants::work(&self.app.engine, System).await.expect("a turn") > 0 {}
        // Who is named twice is given one.
        for _ in 0..2 {
            self.tally.granted(GIVEN);
        }
    }

    /// Codes count when they are entered, and again they are the same coupon.
    pub(super) async fn codes_are_entered(&mut self) {
        let path = format!("/templates/{}/pool", self.ids["pushed"]);
        let asked = self.shop.post(&path, &json!({ "count": 2 })).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        while pools::work(&self.app.engine, System).await.expect("a turn") > 0 {}
        let table = self.shop.get(&format!("{path}.csv")).await.body;
        let codes: Vec<&str> =
            table.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let [one, other] = codes[..] else { panic!("two codes in {table}") };
        let ask = json!({ "shopper": "ida", "pool_code": one, "channel": "poster" });
        for _ in 0..2 {
            assert_eq!(self.shop.post("/claims", &ask).await.status, 201);
        }
        self.tally.claimed(ENTERED);
        let mut mei = self.app.shopper("mei@quan.example").await;
        for _ in 0..2 {
            let entered = mei.send("pools/enter", &[("code", other)]).await;
            assert!(entered.location().starts_with("/wallet/"), "{entered:?}");
        }
        self.tally.claimed(GIVEN);
    }

    /// Accepted in one hour and settled in the next: a claim counts when it was accepted.
    pub(super) async fn claims_wait_in_line(&mut self) {
        let ticket = self.accepted("kim", WAITED).await;
        self.tally.claimed(WAITED);
        self.accepted("leo", LATE).await;
        self.an_hour_passes();
        let settled = self.shop.get(&format!("/claims/{ticket}")).await.json();
        assert_eq!(settled["state"], "settled", "{settled}");
        let settled = tickets::settle_due(&self.app.engine, System, 500).await;
        assert_eq!(settled.expect("a turn"), 1);
        self.tally.claim_refused(LATE, "sold_out");
    }

    /// The ticket of a claim that waits.
    async fn accepted(&self, shopper: &str, (name, channel): Of) -> String {
        let ask = json!({ "shopper": shopper, "template": self.ids[name], "channel": channel });
        let accepted = self.shop.post("/claims", &ask).await;
        assert_eq!(accepted.status, 202, "{accepted:?}");
        text(&accepted.json()["ticket"])
    }

    pub(super) async fn a_given_coupon_is_used(&mut self) {
        let ask = json!({
            "order": "G-1", "shopper": "gil", "cart": cart("kale", "40", 1), "payment": "p-g",
        });
        let paid = self.shop.post("/redemptions", &ask).await;
        assert_eq!(paid.json()["discount"], "4.00", "{paid:?}");
        self.tally.locked(GIVEN);
        self.tally.paid(4_000, &[(GIVEN, 400)]);
    }
}
