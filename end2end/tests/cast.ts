// The demo's cast, and how they move about. Locators go by what people read.
import { expect, type APIRequestContext, type Locator, type Page } from "@playwright/test";
import { sayingOn, type Say } from "./say";

const PASSWORD = "quan-demo-2026";

/** Something that no other test has. */
export const fresh = () => Math.random().toString(36).slice(2, 10);

/** Fills in the door one stands before, and goes through. */
export const enter = async (page: Page, login: string, field = "login") => {
    await page.locator(`main #${field}`).fill(login);
    await page.locator("main #password").fill(PASSWORD);
    await page.locator("main #password").press("Enter");
};

export const signIntoConsole = async (page: Page, email = "editor@quan.example") => {
    await page.goto("/ops/sign-in");
    await enter(page, email, "email");
    await expect(page).toHaveURL(/\/ops$/);
};

export const signIntoShop = async (page: Page, login: string) => {
    await page.goto("/sign-in");
    await enter(page, login);
    await expect(page).toHaveURL(/\/$/);
};

/** A shopper of one's own, so that tests do not meet in one wallet. */
export const signUp = async (page: Page, name = fresh()) => {
    await page.goto("/sign-up");
    await page.locator("main #name").fill(name);
    await page.locator("main #login").fill(`${name}-${fresh()}@quan.example`);
    await page.locator("main #password").fill(PASSWORD);
    await page.locator("main #password").press("Enter");
    await expect(page).toHaveURL(/\/$/);
};

/** Makes "20 off when vegetables and fruit reach 100" and publishes it; answers its page. */
export const publish = async (page: Page, name: string) => {
    await page.goto("/ops/templates/new");
    const say = await sayingOn(page);
    const field = (field: string) => page.locator(`[name="draft[${field}]"]`);
    await field("name").fill(name);
    await field("amount").fill("20");
    await field("min_spend").fill("100");
    await page.locator('[name="draft[include][]"][value="vegetables"]').check();
    await page.locator('[name="draft[include][]"][value="fruit"]').check();
    await field("stock").fill("50");
    await page.getByRole("button", { name: say("editor-save"), exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await page.getByRole("button", { name: say("action-publish") }).click();
    await expect(page.locator("main").getByText(say("state-live"), { exact: true }).first()).toBeVisible();
    return page.url().replace(/[#?].*/, "");
};

/** A form's fields, a list under the same name again and again. */
type Fields = Record<string, string | string[]>;

/** What the editor of a new template sends when "20 off when vegetables and fruit reach 100" is made. */
const PRODUCE: Fields = {
    kind: "amount_off",
    amount: "20",
    min_spend: "100",
    "include][": ["vegetables", "fruit"],
    scope_rule: "eligible_lines",
    validity: "fixed",
    stock: "50",
    per_shopper: "1",
    audience: "everyone",
    visibility: "listed",
    stacking: "exclusive",
    part_return: "keep",
};

/** Sends a form past its page. */
export const send = async (page: Page, form: string, fields: [string, string][]) => {
    const headers = {
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
        origin: new URL(page.url()).origin,
    };
    const answer = await page.request.post(`/api/fn/${form}`, { data: String(new URLSearchParams(fields)), headers });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer;
};

/** Makes a draft with the form sent past the editor; answers its id. */
export const sketch = async (page: Page, name: string, draft: Fields = {}): Promise<string> => {
    const fields = Object.entries({ ...PRODUCE, name, ...draft }).flatMap(([field, values]) =>
        [values].flat().map((value): [string, string] => [`draft[${field}]`, value]),
    );
    return (await send(page, "templates/create", fields)).json();
};

/** What `publish` does, with forms sent past the editor: for tests of what comes after it. */
export const offer = async (page: Page, name: string, draft: Fields = {}) => {
    const id = await sketch(page, name, draft);
    await send(page, "templates/act", [["id", id], ["action", "publish"]]);
    return `${new URL(page.url()).origin}/ops/templates/${id}`;
};

/** The card of a coupon in the center. */
export const card = (page: Page, name: string) => page.getByRole("article").filter({ hasText: name });

/** Finds a coupon in the center, among however many others. */
export const find = (page: Page, name: string) => page.goto(`/?search=${encodeURIComponent(name)}`);

/** The button that claims a coupon, or one more of it. */
export const claiming = (page: Page, say: Say, name: string) =>
    card(page, name).getByRole("button", { name: new RegExp(`${say("card-claim")}|${say("card-another")}`) });

/** Claims it there, and waits for the answer: awake, the page stays where it is. */
export const claim = async (page: Page, name: string) => {
    await find(page, name);
    const say = await sayingOn(page);
    await claiming(page, say, name).click();
    // One that ends says until when.
    const [until] = say("claim-done-until", { until: "@" }).split("@");
    await expect(card(page, name)).toContainText(new RegExp(`${say("claim-done")}|${until}`));
};

/** Sets how many of a product are in the basket, from the shelf on. */
export const put = async (page: Page, product: string, quantity: number) => {
    await page.goto(`/basket?search=${product.replaceAll("-", "+")}`);
    const field = page.locator(`[id="quantity-${product}"]`);
    if ((await field.count()) === 0) {
        await page.locator(`[id="product-${product}"]`).getByRole("button").click();
    }
    await field.fill(String(quantity));
    await field.press("Enter");
    // The shelf says so once the server does.
    await expect(page.locator(`[id="product-${product}"]`)).toContainText(String(quantity));
    await expect(field).toHaveValue(String(quantity));
};

/** Presses Tab, or the key that leads back, until this has the focus. */
export const tabTo = async (page: Page, control: Locator, key = "Tab") => {
    for (let presses = 0; presses < 200; presses += 1) {
        if (await control.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press(key);
    }
    throw new Error("the keyboard does not get there");
};

/** Moves the server's clock; only a build for tests has one that moves. */
export const advance = async (request: APIRequestContext, seconds: number) => {
    const moved = await request.post(`/test/clock?advance=${seconds}`);
    expect(moved.ok()).toBe(true);
};

/** Sets the server's clock to a moment. */
export const moveTo = async (request: APIRequestContext, moment: number) => {
    const moved = await request.post(`/test/clock?to=${new Date(moment).toISOString()}`);
    expect(moved.ok()).toBe(true);
};
