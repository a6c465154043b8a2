//! Everything that tells figures, held against the tally.

use std::collections::BTreeMap;

use domain::funnel::Stages;
use domain::{Money, Time};
use serde_json::Value;

use super::tally::{Figures, Part};
use super::{CHANNELS, Day, TEMPLATES, text};
use crate::testing::Caller;
use crate::walks::{VIEWER, texts};

/// How tables name their steps.
pub(super) const DAY: &str = "%Y-%m-%d";
const HOUR: &str = "%Y-%m-%d %H:%M";

/// The names on the page of what the tally has, in its order.
const FIGURES: [&str; 9] = [
    "Views",
    "Claims",
    "Locks",
    "Redemptions",
    "Returns",
    "Turnover",
    "Discounts",
    "Refunds",
    "Net turnover",
];

/// The days that are asked about.
const DAYS: &str = "first=2026-03-02&last=2026-03-02";

impl Day<'_> {
    /// Asks all there is to be asked; `source` says what the answers are made of.
    pub(super) async fn compare(&self, source: &str) {
        let mut viewer = self.app.operator(VIEWER).await;
        let templates = TEMPLATES.map(Some);
        for template in [None].into_iter().chain(templates) {
            let channels = CHANNELS.map(|(channel, _)| Some(channel));
            for channel in [None].into_iter().chain(channels) {
                let part = Part { template, channel };
                let what = format!("{part:?} from {source}");
                self.compare_answer(part, &what).await;
                self.compare_tables(&mut viewer, part, &what).await;
                self.compare_page(&mut viewer, part, &what).await;
            }
            let part = Part { template, channel: None };
            self.compare_channels(&mut viewer, part, &format!("{part:?} from {source}")).await;
        }
    }

    /// What the API answers.
    async fn compare_answer(&self, part: Part, what: &str) {
        let path = format!("/funnel?bucket=hour{}", self.narrowed(part));
        let told = self.shop.get(&path).await.json();
        assert_eq!(cells_of(&told), self.formatted(&self.tally.whole(part)), "{what}");
        assert_eq!(told["unique_viewers"], self.tally.viewers(part), "{what}");
        assert_eq!(told["granted"], self.tally.whole(part).granted, "{what}");
        let line = |bucket: &Value| {
            let at: Time = text(&bucket["at"]).parse().expect("a moment");
            format!("{},{}", self.named(at, HOUR), cells_of(bucket).join(","))
        };
        let lines: Vec<String> =
            told["buckets"].as_array().expect("steps").iter().map(line).collect();
        assert_eq!(lines, self.lines(part, HOUR), "{what}");
    }

    /// What people take along, also by when coupons were claimed: that is the same day.
    async fn compare_tables(&self, viewer: &mut Caller<'_>, part: Part, what: &str) {
        for (asked, format) in [("", DAY), ("&step=hour", HOUR), ("&basis=claim", DAY)] {
            let path = format!("/ops/funnel.csv?{DAYS}{asked}{}", self.narrowed(part));
            let table = viewer.get(&path).await.body;
            let lines: Vec<&str> = table.lines().skip(1).collect();
            assert_eq!(lines, self.lines(part, format), "{what} {asked}");
        }
    }

    /// What the console shows.
    async fn compare_page(&self, viewer: &mut Caller<'_>, part: Part, what: &str) {
        let path = format!("/ops/funnel?{DAYS}{}", self.narrowed(part));
        let page = viewer.get(&path).await.body;
        let figures = [rows(&page, "Step by step"), rows(&page, "What it came to")].concat();
        let cell = |name: &str| {
            let row = figures.iter().find(|row| row[0] == name);
            row.unwrap_or_else(|| panic!("{name} in {figures:?}"))[1].to_owned()
        };
        let told = FIGURES.map(cell);
        assert_eq!(told[..], self.shown(&self.tally.whole(part)), "{what}");
        let viewers = self.tally.viewers(part).to_string();
        let granted = self.tally.whole(part).granted.to_string();
        for (name, n) in [("Different visitors", &viewers), ("Granted, among claims", &granted)] {
            let told = [name, n.as_str()];
            assert!(texts(&page).windows(2).any(|it| it == told), "{told:?} {what}");
        }
        let refusal = |row: Vec<&str>| match row[..] {
            // A reason's name, and the reason; what stands above the columns has only one of them.
            [_, code, claims, quotes] => {
                let n = |text: &str| text.parse::<u64>().expect("a number");
                Some((code.to_owned(), (n(claims), n(quotes))))
            }
            _ => None,
        };
        let refusals = rows(&page, "Why shoppers were refused").into_iter().filter_map(refusal);
        assert_eq!(refusals.collect::<BTreeMap<_, _>>(), self.tally.refusals(part), "{what}");
    }

    /// Channels side by side.
    async fn compare_channels(&self, viewer: &mut Caller<'_>, part: Part, what: &str) {
        let path = format!("/ops/channels?{DAYS}{}", self.narrowed(part));
        let page = viewer.get(&path).await.body;
        let standings = rows(&page, "Side by side");
        let channels = CHANNELS.map(|(channel, name)| (Some(channel), name));
        for (channel, name) in [(None, "All together")].into_iter().chain(channels) {
            let row = standings.iter().find(|row| row[0] == name).expect("a row");
            // Beside its name stands the channel itself.
            let cells = &row[if channel.is_some() { 2 } else { 1 }..];
            // Conversion is no figure of its own.
            let told = [0, 1, 2, 4, 5, 6, 7].map(|at| cells[at]);
            let kept = self.shown(&self.tally.whole(Part { channel, ..part }));
            let kept = [0, 1, 3, 4, 5, 7, 8].map(|at| kept[at].as_str());
            assert_eq!(told, kept, "{name}, {what}");
        }
    }

    /// A part as a question says it.
    fn narrowed(&self, Part { template, channel }: Part) -> String {
        let template = template.map(|name| format!("&template={}", self.ids[name]));
        let channel = channel.map(|channel| format!("&channel={channel}"));
        template.into_iter().chain(channel).collect()
    }

    fn named(&self, at: Time, format: &str) -> String {
        self.app.engine.settings().time_zone.local(at).format(format).to_string()
    }

    /// What was kept as a table tells it.
    pub(super) fn lines(&self, part: Part, format: &str) -> Vec<String> {
        let steps = self.tally.steps(part, |at| self.named(at, format)).into_iter();
        steps.map(|(at, it)| format!("{at},{}", self.formatted(&it).join(","))).collect()
    }

    /// Figures as programs are told them.
    fn formatted(&self, figures: &Figures) -> Vec<String> {
        let currency = self.app.engine.settings().currency;
        cells(figures, |amount| currency.format(amount))
    }

    /// Figures as people are.
    fn shown(&self, figures: &Figures) -> Vec<String> {
        let currency = self.app.engine.settings().currency;
        cells(figures, |amount| currency.show(amount))
    }
}

fn cells(figures: &Figures, write: impl Fn(Money) -> String) -> Vec<String> {
    let Figures { stages, amounts, .. } = figures;
    let Stages { view, claim, lock, redeem, returned } = *stages;
    let entered = [view, claim, lock, redeem, returned].map(|n| n.to_string());
    let net = amounts.turnover - amounts.taken_off - amounts.refunded;
    let sums = [amounts.turnover, amounts.discount, amounts.refunded, net].map(write);
    entered.into_iter().chain(sums).collect()
}

fn cells_of(told: &Value) -> Vec<String> {
    let entered = ["view", "claim", "lock", "redeem", "return"];
    let entered = entered.map(|stage| told["stages"][stage].to_string());
    let sums = ["turnover", "discount", "refunded", "net"];
    entered.into_iter().chain(sums.map(|sum| text(&told["amounts"][sum]))).collect()
}

/// What the rows of a page's table say, cell by cell; nothing without the table.
fn rows<'a>(page: &'a str, table: &str) -> Vec<Vec<&'a str>> {
    let tables = page.split("<table").skip(1);
    let mut tables = tables.filter_map(|part| part.split("</table>").next());
    let found = tables.find(|found| texts(found).first() == Some(&table));
    let rows = found.into_iter().flat_map(|found| found.split("<tr").skip(1));
    rows.map(texts).filter(|row| row.len() > 1).collect()
}
