//! What came of each coupon, side by side and in any order: which of them pay, and which cost more than
//! they bring.

use domain::TemplateId;
use domain::funnel::Funnel;
use engine::funnel::{PARTS_MAX, Split};
use engine::templates::Template;
use leptos::prelude::*;

use super::asking::{Asking, PATH};
use super::{number, or_dash, percent, return_on_cost};
use crate::locale::{money, t, t_with};
use crate::ui::table::{Head, Table, row};
use crate::ui::{Card, Glyph, Icon, LinkButton, Look};

/// Where they are as a file.
pub const CSV: &str = "/ops/funnel/coupons.csv";

/// What they are put in order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Claims,
    Redeems,
    Conversion,
    Turnover,
    Discount,
    Refunded,
    Net,
    Return,
}

impl By {
    const ALL: [Self; 8] = [
        Self::Claims,
        Self::Redeems,
        Self::Conversion,
        Self::Turnover,
        Self::Discount,
        Self::Refunded,
        Self::Net,
        Self::Return,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Redeems => "redeems",
            Self::Conversion => "conversion",
            Self::Turnover => "turnover",
            Self::Discount => "discount",
            Self::Refunded => "refunded",
            Self::Net => "net",
            Self::Return => "return",
        }
    }

    fn name(self) -> String {
        t(match self {
            Self::Claims => "stage-claim",
            Self::Redeems => "stage-redeem",
            Self::Conversion => "funnel-conversion",
            Self::Turnover => "funnel-turnover",
            Self::Discount => "funnel-discount",
            Self::Refunded => "funnel-refunded",
            Self::Net => "funnel-net",
            Self::Return => "funnel-return",
        })
    }

    /// Whether one looks for the least of it first: for what did badly.
    fn rises_first(self) -> bool {
        matches!(self, Self::Conversion | Self::Net | Self::Return)
    }

    fn of(self, funnel: &Funnel) -> Option<i64> {
        let count = |n: u64| Some(i64::try_from(n).unwrap_or(i64::MAX));
        let millionths = |rate: f64| (rate * 1e6) as i64;
        match self {
            Self::Claims => count(funnel.stages.claim),
            Self::Redeems => count(funnel.stages.redeem),
            Self::Conversion => funnel.rates().redeem_per_claim.map(millionths),
            Self::Turnover => Some(funnel.amounts.turnover.units()),
            Self::Discount => Some(funnel.amounts.discount.units()),
            Self::Refunded => Some(funnel.amounts.refunded.units()),
            Self::Net => Some(funnel.amounts.net().units()),
            Self::Return => return_on_cost(&funnel.amounts).map(millionths),
        }
    }

    fn shown(self, funnel: &Funnel) -> String {
        match self {
            Self::Claims => number(funnel.stages.claim),
            Self::Redeems => number(funnel.stages.redeem),
            Self::Conversion => or_dash(funnel.rates().redeem_per_claim.map(percent)),
            Self::Turnover => money(funnel.amounts.turnover),
            Self::Discount => money(funnel.amounts.discount),
            Self::Refunded => money(funnel.amounts.refunded),
            Self::Net => money(funnel.amounts.net()),
            Self::Return => or_dash(return_on_cost(&funnel.amounts).map(|n| format!("{n:.1}"))),
        }
    }
}

/// In which order they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    by: By,
    is_rising: bool,
}

impl Order {
    /// As an address says it: `net` rises, `-net` falls. Unless one is said, those claimed most come
    /// first.
    pub fn read(word: Option<&str>) -> Self {
        let word = word.unwrap_or_default();
        let falling = word.strip_prefix('-');
        let by = By::ALL.into_iter().find(|by| by.as_str() == falling.unwrap_or(word));
        match by {
            Some(by) => Self { by, is_rising: falling.is_none() },
            None => Self { by: By::Claims, is_rising: false },
        }
    }

    fn write(self, address: &str) -> String {
        let sign = if self.is_rising { "" } else { "-" };
        format!("{address}&sort={sign}{}", self.by.as_str())
    }

    /// What sorts so. Where there is nothing to tell, it is last either way round.
    pub fn key(self, funnel: &Funnel) -> (bool, i64) {
        match self.by.of(funnel) {
            Some(n) => (false, if self.is_rising { n } else { -n }),
            None => (true, 0),
        }
    }

    /// Pressed again a head turns the order round.
    fn head(self, by: By, asking: &Asking) -> Head {
        let is_here = self.by == by;
        let is_rising = if is_here { !self.is_rising } else { by.rises_first() };
        let href = Self { by, is_rising }.write(&asking.write(PATH)) + "#coupons";
        Head::Order { text: by.name(), href, is_rising: is_here.then_some(self.is_rising) }
    }
}

/// `templates` are those that the parts are of. Nothing where nothing happened.
#[component]
pub(super) fn Coupons(
    told: Split<TemplateId>,
    templates: Vec<Template>,
    asking: Asking,
    order: Order,
) -> impl IntoView {
    if told.parts.is_empty() {
        return ().into_any();
    }
    let rows = told.parts.iter().filter_map(|(id, funnel)| {
        let to = Asking { template: Some(*id), ..asking.clone() };
        let template = templates.iter().find(|template| template.id == *id);
        template.map(|template| {
            row(
                template.draft().name.clone(),
                Some(to.write(PATH)),
                By::ALL.map(|by| by.shown(funnel)),
            )
        })
    });
    let rows = rows.collect_view();
    let mut heads = vec![Head::Text(t("funnel-coupons"))];
    heads.extend(By::ALL.map(|by| order.head(by, &asking)));
    let more = told.has_more.then(|| t_with("funnel-by-coupon-more", [("n", PARTS_MAX.into())]));
    let csv = order.write(&asking.write(CSV));
    view! {
        <Card id="coupons">
            <div class="flex flex-wrap items-center justify-between gap-2">
                <h2 class="text-lg font-semibold">{t("funnel-by-coupon")}</h2>
                <LinkButton look=Look::Secondary href=csv>
                    <Icon glyph=Glyph::Download />
                    {t("funnel-csv")}
                </LinkButton>
            </div>
            <p class="max-w-prose text-muted">{t("funnel-by-coupon-lead")}</p>
            <Table label=t("funnel-by-coupon") heads=heads>
                {rows}
            </Table>
            {more.map(|more| view! { <p class="mt-2 text-sm text-muted">{more}</p> })}
        </Card>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use domain::Money;
    use domain::funnel::{Amounts, Stages};

    use super::*;

    #[test]
    fn an_order_is_written_as_it_was_read_and_odd_words_are_the_first_one() {
        for by in By::ALL {
            for sign in ["", "-"] {
                let word = format!("{sign}{}", by.as_str());
                let order = Order::read(Some(&word));
                assert_eq!((order.by, order.is_rising), (by, sign.is_empty()));
                assert_eq!(order.write("?"), format!("?&sort={word}"));
            }
        }
        for odd in [None, Some(""), Some("-"), Some("name")] {
            assert_eq!(Order::read(odd), Order { by: By::Claims, is_rising: false });
        }
    }

    #[test]
    fn what_cannot_be_told_is_last_either_way_round() {
        let amounts = Amounts {
            turnover: Money::minor(90),
            discount: Money::minor(10),
            taken_off: Money::minor(10),
            refunded: Money::minor(100),
        };
        let stages = Stages { claim: 2, redeem: 1, ..Stages::default() };
        let loss = Funnel { amounts, stages, ..Funnel::default() };
        let nothing = Funnel::default();
        for word in ["return", "-return", "conversion", "-conversion"] {
            let order = Order::read(Some(word));
            assert!(order.key(&loss) < order.key(&nothing), "{word}");
        }
        assert_eq!(Order::read(Some("net")).key(&loss), (false, -20));
        assert_eq!(Order::read(Some("-net")).key(&loss), (false, 20));
    }
}
