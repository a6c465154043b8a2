//! Giving back a paid order or part of it: what that would pay and what becomes of the coupons is
//! said before it is done.

use domain::{
    Code, FieldError, LineId, Money, Problem, Refusal,
    benefit::Benefit,
    coupon::State,
    quote::{Applied, QuotedLine},
    returns::Request,
};
use engine::{
    Engine,
    catalogue::Catalogue,
    redemption::{self, Foreseen, Order, Redemption},
    wallet::Coupon,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::params::ParamsMap;

use super::{
    live::Live,
    order::{address, product_name},
    stepper::NUMBER,
};
use crate::{
    AppError,
    flash::Flash,
    locale::{self, last_minute, money, name, t, t_with},
    server_fns::redemption::{GiveBack, beside_lines, read_lines},
    session,
    ui::{Button, Card, Hidden, Look, notice::Wrongs},
};

/// What was typed so far, by the page's address: a look ahead changes nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    lines: Vec<String>,
    quantities: Vec<String>,
    /// `+` or `-` and a line: the step that was pressed.
    step: Option<String>,
}

impl Typed {
    pub(super) fn read(query: &ParamsMap) -> Self {
        let all = |key: &str| query.get_all(key).unwrap_or_default();
        Self { lines: all("lines[]"), quantities: all("quantities[]"), step: query.get("step") }
    }

    /// What stands in a line's field, of which `most` may go back.
    fn of(&self, line: &LineId, most: u32) -> Option<String> {
        let at = self.lines.iter().position(|known| known == line.as_str())?;
        let typed = self.quantities.get(at)?;
        let stepped = |step: &String| {
            let (sign, stepped) = step.split_at_checked(1)?;
            let number: u32 = typed.trim().parse().ok().filter(|_| stepped == line.as_str())?;
            let number =
                if sign == "-" { number.saturating_sub(1) } else { number.min(most - 1) + 1 };
            Some(number.to_string())
        };
        self.step.as_ref().and_then(stepped).or_else(|| Some(typed.clone()))
    }
}

/// The form with all it says.
pub(super) struct GivingBack {
    order: Order,
    fields: Vec<Field>,
    /// It was sent with no line of which anything goes back.
    is_nothing: bool,
    everything: Option<Foreseen>,
    chosen: Option<Foreseen>,
}

/// One line of which something is still with the shopper.
struct Field {
    line: LineId,
    product: String,
    kept: u32,
    value: String,
    problem: Option<String>,
}

impl Field {
    fn id(&self) -> String {
        format!("back-{}", self.line)
    }
}

/// What says that nothing goes back, for every line.
const NOTHING: &str = "back-lines-problem";

impl GivingBack {
    pub(super) async fn read(
        engine: &Engine,
        order: &Order,
        paid: &Redemption,
        catalogue: &Catalogue,
        typed: &Typed,
        flash: &Flash,
    ) -> Result<Self, AppError> {
        let flash = Some(flash).filter(|flash| flash.form == "give-back");
        let field = |quoted: &QuotedLine| {
            let (line, kept) = (&quoted.line.id, kept(paid, quoted));
            let failed = flash.and_then(|flash| flash.value(line.as_str()));
            (kept > 0).then(|| Field {
                line: line.clone(),
                product: product_name(catalogue, &quoted.line.product),
                kept,
                value: failed.or_else(|| typed.of(line, kept)).unwrap_or_else(|| "0".to_owned()),
                problem: flash.and_then(|flash| flash.problem(line.as_str())),
            })
        };
        let wrong = flash.map(Flash::fields).unwrap_or_default();
        let is_nothing = wrong.iter().any(|wrong| wrong.problem == Problem::TooFew { min: 1 });
        let mut fields: Vec<Field> = paid.quote.lines.iter().filter_map(field).collect();
        let everything = redemption::foresee(engine, order, &Request { lines: None }).await?;
        let chosen = match chosen(engine, order, &fields).await {
            Err(AppError::Refused { refusal: Refusal::Invalid { fields: wrong }, .. }) => {
                tell(&mut fields, &wrong);
                None
            }
            chosen => chosen?,
        };
        Ok(Self { order: order.clone(), fields, is_nothing, everything, chosen })
    }

    /// What was wrong with what was sent, for the top of the page; nothing if it was another form's.
    pub(super) fn wrongs(&self, flash: &Flash) -> Option<AnyView> {
        let error = flash.error().filter(|_| flash.form == "give-back")?.clone();
        let entry = |it: &Field| Some((it.id(), it.product.clone(), it.problem.clone()?));
        let mut entries: Vec<_> = self.fields.iter().filter_map(entry).collect();
        if let Some(first) = self.fields.first().filter(|_| self.is_nothing) {
            entries.push((first.id(), t("give-back-title"), t("give-back-nothing")));
        }
        let is_beside_fields = !entries.is_empty();
        is_beside_fields.then(|| view! { <Wrongs error=error entries=entries /> }.into_any())
    }

    pub(super) fn view(self) -> AnyView {
        let Some(everything) = &self.everything else {
            return view! { <p class="text-muted">{t("give-back-none-left")}</p> }.into_any();
        };
        let order = self.order.lock.order.to_string();
        let look = format!("{}#give-back", address(&self.order.lock.order));
        let fields: Vec<_> =
            self.fields.iter().map(|it| field(it, self.is_nothing, &look)).collect();
        let nothing = self.is_nothing.then(|| {
            view! {
                <li id=NOTHING class="py-2 text-sm text-danger">
                    {t("give-back-nothing")}
                </li>
            }
        });
        let chosen = self.chosen.as_ref().map(|chosen| foreseen(chosen, &self.order));
        let all = foreseen(everything, &self.order);
        let parts = ["back-lines", "foreseen"].map(str::to_owned).to_vec();
        let also = order.clone();
        let refund = || format!("refund-{}", session::fresh_mark());
        view! {
            <Card id="give-back" title=t("give-back-title")>
                <Live parts=parts offline=t("error-offline")>
                    <form method="post" action=GiveBack::url()>
                        // What Enter presses, and a changed number.
                        <button
                            type="submit"
                            class="sr-only"
                            tabindex="-1"
                            aria-hidden="true"
                            formmethod="get"
                            formaction=look
                            data-live="tick"
                        >
                            {t("give-back-look")}
                        </button>
                        <p class="text-sm text-muted">{t("give-back-hint")}</p>
                        <Hidden name="order" value=order.clone() />
                        <Hidden name="refund" value=refund() />
                        <ul id="back-lines" class="my-2 divide-y divide-line">{nothing} {fields}</ul>
                        <div id="foreseen" aria-live="polite" class="mb-3 text-sm">{chosen}</div>
                        <Button look=Look::Secondary>{t("give-back-press")}</Button>
                    </form>
                </Live>
                <form
                    method="post"
                    action=GiveBack::url()
                    class="mt-4 grid justify-items-start gap-3 border-t border-line pt-4"
                >
                    <Hidden name="order" value=also />
                    <Hidden name="refund" value=refund() />
                    <Hidden name="all" value="true" />
                    <div class="text-sm">
                        <p class="font-medium">{t("give-back-all-title")}</p>
                        {all}
                    </div>
                    <Button look=Look::Secondary>{t("give-back-all")}</Button>
                </form>
            </Card>
        }
        .into_any()
    }
}

/// How much of a line is still with the shopper.
fn kept(paid: &Redemption, quoted: &QuotedLine) -> u32 {
    quoted.line.quantity.saturating_sub(gone(paid, quoted))
}

/// How much of a line went back.
pub(super) fn gone(paid: &Redemption, quoted: &QuotedLine) -> u32 {
    let lines = paid.returns.iter().flat_map(|returned| &returned.lines);
    lines.filter(|line| line.id == quoted.line.id).map(|line| line.quantity).sum()
}

/// What the quantities in the fields would pay; nothing while there are none.
async fn chosen(
    engine: &Engine,
    order: &Order,
    fields: &[Field],
) -> Result<Option<Foreseen>, AppError> {
    let typed: Vec<(String, String)> =
        fields.iter().map(|it| (it.line.to_string(), it.value.clone())).collect();
    let lines = read_lines(typed.iter().map(|(line, quantity)| (line, quantity)))?;
    if lines.is_empty() {
        return Ok(None);
    }
    let request = Request { lines: Some(lines) };
    let foreseen = redemption::foresee(engine, order, &request).await;
    foreseen.map_err(|error| beside_lines(error.into(), &request))
}

/// Says what is wrong beside each field.
fn tell(fields: &mut [Field], wrong: &[FieldError]) {
    for field in fields.iter_mut().filter(|field| field.problem.is_none()) {
        let found = wrong.iter().find(|wrong| wrong.field == field.line.as_str());
        field.problem = found.map(|wrong| locale::problem(&wrong.problem));
    }
}

/// What would be paid back, why it is less than was paid, and what would become of the coupons.
fn foreseen(told: &Foreseen, order: &Order) -> impl IntoView + use<> {
    let line = |(code, after): &(Code, State)| {
        let coupon = order.coupons.iter().find(|coupon| coupon.code == *code)?;
        Some(view! { <li>{came_back(coupon, *after)}</li> })
    };
    let came: Vec<_> = told.coupons.iter().filter_map(line).collect();
    let is_still_used = came.is_empty() && order.coupons.iter().any(|it| order.uses(it));
    let used = is_still_used.then(|| view! { <li>{t("give-back-stays-used")}</li> });
    let less: Vec<_> = why_less(order, &told.clawed)
        .into_iter()
        .map(|sentence| view! { <li>{sentence}</li> })
        .collect();
    view! {
        <ul class="grid gap-1">
            <li>{t_with("give-back-pays", [("amount", money(told.amount).into())])}</li>
            {less}
            {came}
            {used}
        </ul>
    }
}

/// Why a refund is less than what was paid for the goods: a sentence for each coupon that takes some
/// of its discount back, of which `clawed` says how much.
pub(crate) fn why_less(order: &Order, clawed: &[Money]) -> Vec<String> {
    let sentence = |(applied, amount): (&Applied, &Money)| {
        let coupon = order.coupons.iter().find(|coupon| coupon.code == applied.code)?;
        let draft = &coupon.revision.draft;
        let title = ("title", name(draft.title()).into());
        let amount = ("amount", money(*amount).into());
        Some(match &draft.benefit {
            Benefit::AmountOff { .. } | Benefit::PercentOff { .. } => {
                let min = ("min", money(draft.benefit.threshold()).into());
                t_with("give-back-below", [amount, title, min])
            }
            Benefit::Tiered { .. } | Benefit::Every { .. } => {
                t_with("give-back-unearned", [amount, title])
            }
        })
    };
    let taken = order.lock.quote.applied.iter().zip(clawed);
    taken.filter(|(_, amount)| !amount.is_zero()).filter_map(sentence).collect()
}

fn came_back(coupon: &Coupon, after: State) -> String {
    let title = ("title", name(coupon.revision.draft.title()).into());
    match (after, coupon.valid_until) {
        (State::Available, Some(until)) => {
            t_with("give-back-coupon-until", [title, ("until", last_minute(until).into())])
        }
        (State::Available, None) => t_with("give-back-coupon", [title]),
        (State::Expired, _) => t_with("give-back-coupon-expired", [title]),
        _ => t_with("give-back-coupon-gone", [title]),
    }
}

fn field(field: &Field, is_nothing: bool, look: &str) -> impl IntoView + use<> {
    let Field { line, product, kept, value, problem } = field;
    let (id, problem_id) = (field.id(), format!("back-{line}-problem"));
    let left = t_with("give-back-left", [("n", (*kept).into())]);
    let described = match problem {
        Some(_) => Some(problem_id.clone()),
        None => is_nothing.then(|| NOTHING.to_owned()),
    };
    let is_wrong = described.is_some().then_some("true");
    let step = |sign: &'static str, shown: &'static str, key: &'static str| {
        view! {
            <button
                type="submit"
                id=format!("{key}-{line}")
                name="step"
                value=format!("{sign}{line}")
                formmethod="get"
                formaction=look.to_owned()
                data-live="press"
                class="inline-flex h-11 w-11 shrink-0 items-center justify-center rounded-lg border border-edge bg-surface text-lg hover:bg-sunken"
                aria-label=t_with(key, [("product", product.clone().into())])
            >
                {shown}
            </button>
        }
    };
    view! {
        <li class="py-2">
            <div class="flex items-center justify-between gap-3">
                <label for=id.clone() class="min-w-0 flex-1">
                    <span class="line-clamp-2" dir="auto">{product.clone()}</span>
                    <span class="block text-sm text-muted">{left}</span>
                </label>
                <input type="hidden" name="lines[]" value=line.to_string() />
                <div class="flex items-center gap-1">
                    {step("-", "−", "give-back-fewer")}
                    <input
                        id=id
                        name="quantities[]"
                        inputmode="numeric"
                        autocomplete="off"
                        class=NUMBER
                        value=value.clone()
                        aria-invalid=is_wrong
                        aria-describedby=described
                    />
                    {step("+", "+", "give-back-more")}
                </div>
            </div>
            {problem
                .clone()
                .map(|problem| {
                    view! { <p id=problem_id class="text-sm text-danger">{problem}</p> }
                })}
        </li>
    }
}
