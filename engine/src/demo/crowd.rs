//! Far too much of everything, under names that try what a page can bear: for looking at pages.

use chrono::TimeDelta;
use domain::actor::{Editor, Shopper, System};
use domain::benefit::{Benefit, Step};
use domain::category::Category;
use domain::money::BasisPoints;
use domain::scope::{Lists, Scope};
use domain::template::{Action, Draft, State, Validity};
use domain::{CategoryId, Money, Problem, TemplateId};

use super::{PASSWORD, operator_called};
use crate::issuance::{self, Via};
use crate::{Engine, Fault, Result, accounts, catalogue, sweeps, templates};

/// The shopper who holds too much, as they sign in.
pub const SHOPPER: &str = "crowd@quan.example";

const TEMPLATES: usize = 2_000;
const COUPONS: usize = 500;
const CATEGORIES: usize = 300;
/// Categories that the others lie below.
const ROOTS: usize = 15;

/// What a name may be: marks of another language, no place to break, the other direction.
const NAMES: &[&str] = &[
    "<b>Bold</b> & \"quoted\" <script>alert('x')</script>",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkundenmappe",
    "🥬🍅🍓🥛🧀🍞 Everything fresh 👨‍👩‍👧‍👦 for the family 🎉",
    "خصم عشرون على الخضار والفواكه الطازجة حتى نهاية الشهر",
    "蔬菜水果肉禽海鲜乳品粮油饮料日用母婴宠物全场通用满减优惠券周末专享限量发放先到先得",
    "Plain",
];

/// Adds it all to a store that holds the cast. Moves the clock on by some days, over which the
/// coupons are claimed.
pub async fn come(engine: &Engine, by: System) -> Result<()> {
    catalogue::put_categories(engine, by, &categories()?).await?;
    let editor = operator_called(engine, "editor@quan.example").await?;
    let editor = editor.editor().ok_or_else(|| Fault::new("the demo's editor may not edit"))?;
    let mut live = Vec::new();
    for i in 0..TEMPLATES {
        let made = templates::create(engine, &editor, &draft(i)?).await?;
        live.extend(live_on(engine, &editor, made.id, i).await?);
    }
    let name = name(1).chars().take(60).collect::<String>();
    let shopper = accounts::sign_up(engine, SHOPPER, PASSWORD, &name).await?;
    fill_wallet(engine, &shopper, &live).await?;
    while sweeps::expire_due(engine, by, 500).await? > 0 {}
    Ok(())
}

/// Takes a new template to where it belongs: every state has its share. Answers it if it is live. What
/// may cost more than one person decides stays with the second, where the shop has a bound for that.
async fn live_on(
    engine: &Engine,
    editor: &Editor,
    id: TemplateId,
    i: usize,
) -> Result<Option<TemplateId>> {
    let actions: &[Action] = match i % 10 {
        0 => &[],
        1 => &[Action::Publish, Action::Pause],
        2 => &[Action::Publish, Action::End],
        _ => &[Action::Publish],
    };
    let mut state = State::Draft;
    for action in actions {
        state = templates::act(engine, editor, id, *action).await?.state;
        if state == State::InReview {
            break;
        }
    }
    Ok((state == State::Live).then_some(id))
}

/// As many coupons a day as the shop allows, of one template after the other.
async fn fill_wallet(engine: &Engine, shopper: &Shopper, live: &[TemplateId]) -> Result<()> {
    let daily = usize::try_from(engine.settings().shop_daily_limit).unwrap_or(1).max(1);
    for (i, template) in live.iter().take(COUPONS).enumerate() {
        if i > 0 && i % daily == 0 {
            engine.clock().advance(TimeDelta::days(1));
        }
        issuance::claim(engine, shopper, *template, Via::default()).await?;
    }
    Ok(())
}

fn categories() -> Result<Vec<Category>> {
    let category = |i: usize| {
        let id = |i: usize| CategoryId::new(format!("crowd-{i}")).map_err(oddly);
        let parent = if i < ROOTS { None } else { Some(id(i % ROOTS)?) };
        Ok(Category { id: id(i)?, name: name(i), parent })
    };
    (0..CATEGORIES).map(category).collect()
}

fn draft(i: usize) -> Result<Draft> {
    let yuan = |amount: usize| Money::minor(100 * i64::try_from(amount).unwrap_or(1));
    let benefit = match i % 4 {
        0 => Benefit::AmountOff { amount: yuan(1 + i), min_spend: Some(yuan(10 + 3 * i)) },
        1 => Benefit::PercentOff {
            basis_points: BasisPoints(1_250),
            min_spend: None,
            max_discount: Some(yuan(50)),
        },
        2 => {
            let step = |n: usize| Step { min_spend: yuan(100 * n), amount: yuan(7 * n) };
            Benefit::Tiered { steps: (1..=10).map(step).collect() }
        }
        _ => Benefit::Every { per: yuan(50), amount: yuan(5), max_times: Some(4) },
    };
    let categories = match i % 3 {
        0 => Vec::new(),
        1 => vec![CategoryId::new("vegetables").map_err(oddly)?],
        _ => (0..40)
            .map(|n| CategoryId::new(format!("crowd-{n}")).map_err(oddly))
            .collect::<Result<_, _>>()?,
    };
    let include = Lists { categories: categories.into_iter().collect(), ..Lists::default() };
    Ok(Draft {
        campaign: Some(format!("{} {}", name(i % 3).chars().take(50).collect::<String>(), i % 30)),
        terms: i.is_multiple_of(5).then(|| name(i).repeat(8)),
        scope: Scope { include, ..Scope::default() },
        validity: Validity::Days { days: 3 + u32::try_from(i % 40).unwrap_or(0), until: None },
        stock: Some(1 + i as u64),
        ..Draft::new(name(i), benefit)
    })
}

/// The longest a name may be, every sixth of them short.
fn name(i: usize) -> String {
    let text = NAMES[i % NAMES.len()];
    let text = if text.len() < 10 { text.to_owned() } else { format!("{text} ").repeat(8) };
    format!("{i} {text}").chars().take(200).collect::<String>().trim_end().to_owned()
}

fn oddly(_: Problem) -> Fault {
    Fault::new("a name of the crowd was refused")
}
