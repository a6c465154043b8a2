// The template editor: what it says while one types, what it keeps, and what it refuses.
import type { Locator, Page } from "@playwright/test";
import { enter, fresh, offer, signIntoConsole, tabTo } from "./cast";
import { awake, expect, expectAccessibleInBothThemes, expectWithin, inEachLanguage, test } from "./page";
import { saying } from "./say";

const field = (page: Page, name: string) => page.locator(`[name="draft[${name}]"]`);
const save = (page: Page, say = saying("en")) => page.getByRole("button", { name: say("editor-save"), exact: true });

const open = async (page: Page, path = "/ops/templates/new") => {
    await page.goto(path);
    await awake(page);
};

test("a coupon is made by keyboard alone", async ({ page }) => {
    test.slow(); // Many presses of Tab.
    const name = `Keys ${fresh()}`;
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    const type = async (control: Locator, text: string) => {
        await tabTo(page, control);
        await page.keyboard.type(text);
    };
    await type(field(page, "name"), name);
    await type(field(page, "amount"), "20");
    await type(field(page, "min_spend"), "100");
    await tabTo(page, page.getByRole("checkbox", { name: "Include: Fruit", exact: true }));
    await page.keyboard.press("Space");
    await type(field(page, "stock"), "50");
    await tabTo(page, save(page));
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(page.locator("main")).toContainText("¥20 off when you spend ¥100 on Fruit");
});

test("only the fields of the chosen benefit are shown", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await expect(field(page, "amount")).toBeVisible();
    await expect(field(page, "percent")).toBeHidden();
    await page.getByRole("radio", { name: /In steps/ }).check();
    await expect(field(page, "amount")).toBeHidden();
    await expect(field(page, "steps][2][amount")).toBeHidden();
    await field(page, "steps][0][min_spend").fill("100");
    await field(page, "steps][1][min_spend").fill("200");
    await expect(field(page, "steps][2][amount")).toBeVisible();
});

test("the editor passes axe with steps and what it refuses @alive", async ({ page }) => {
    test.slow(); // axe reads every rule of a long page.
    await signIntoConsole(page);
    await open(page);
    await page.getByRole("radio", { name: /In steps/ }).check();
    await field(page, "steps][0][min_spend").fill("100");
    await field(page, "steps][1][min_spend").fill("oops");
    await save(page).click();
    await expect(page.locator("#errors")).toBeFocused();
    await expectAccessibleInBothThemes(page);
});

test("each category says what it inherits, and the products are counted @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page);
    const mark = (category: string) => page.locator(`[data-mark="${category}"]`);
    const tick = (side: string, category: string) =>
        page.locator(`[name="draft[${side}][]"][value="${category}"]`);
    await expect(mark("fruit")).toContainText("as long as nothing is included");
    await tick("include", "vegetables").check();
    await expect(mark("vegetables")).toContainText("with everything below");
    await expect(mark("fruit")).toContainText("only other things");
    await expect(mark("leafy")).toContainText("Vegetables is included");
    const covered = page.locator("#coverage");
    await expect(covered).toContainText("Covers 24 of 121 products");
    await page.locator("li", { has: tick("include", "vegetables") }).locator("summary").first().click();
    await tick("exclude", "leafy").check();
    await expect(mark("leafy")).toContainText("nor anything below");
    await expect(covered).toContainText(/Covers 1\d of 121/);
    // One mark takes the other away.
    await tick("include", "leafy").check();
    await expect(tick("exclude", "leafy")).not.toBeChecked();
    await expect(covered).toContainText("Covers 24 of 121");
});

test("categories and products are found by name @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page);
    await page.getByRole("searchbox", { name: "Find a category" }).fill("citrus");
    await expect(page.getByRole("checkbox", { name: "Include: Citrus" })).toBeVisible();
    await expect(page.getByRole("checkbox", { name: "Include: Vegetables" })).toBeHidden();
    await page.getByText("Single products").click();
    const finder = page.getByRole("searchbox", { name: /Find a product/ }).first();
    await finder.fill("spring onion");
    await page.getByRole("button", { name: /Add: Spring onion/i }).first().click();
    await expect(field(page, "include_products")).toHaveValue("spring-onion");
    await expect(page.locator("#coverage")).toContainText("Covers 1 of 121");
    await field(page, "include_products").fill("spring-onion\nunheard-of");
    await expect(page.locator("#coverage")).toContainText("not in the catalogue");
});

test("a percentage is typed in the reader's way and echoed in both @alive", async ({ page }) => {
    await signIntoConsole(page);
    const echo = "¥100 → pays ¥80 · 8折 · 20% off";
    await open(page);
    await page.getByRole("radio", { name: /Percentage off/ }).check();
    await field(page, "percent").fill("20");
    await expect(page.locator("#percent-echo")).toHaveText(echo);
    await expect(page.locator("#confirm")).toBeHidden();
    await field(page, "percent").fill("60");
    await expect(page.locator("#confirm")).toBeVisible();
    await page.evaluate(() => localStorage.clear());
    await page.getByRole("button", { name: "中文" }).click();
    await open(page);
    await page.locator("#kind-percent-off").check();
    await field(page, "percent").fill("8");
    await expect(page.locator("#percent-echo")).toHaveText("¥100 → 实付 ¥80 · 8折 · 20% off");
});

test("what a draft clashes and combines with is said @alive", async ({ page }) => {
    const name = `Rival ${fresh()}`;
    await signIntoConsole(page);
    const rare = fresh();
    await offer(page, name, { "include][": [], include_products: rare });
    await open(page);
    await page.getByText("Single products").click();
    await field(page, "include_products").fill(rare);
    const met = page.locator("#conflicts");
    await expect(met).toContainText(name);
    await expect(met).toContainText("Each of them stands alone");
    await page.getByRole("radio", { name: /^Combines/ }).check();
    await expect(met).toContainText("That one stands alone");
    await field(page, "include_products").fill(fresh());
    await expect(met).not.toContainText(name);
});

test("a basket is tried on while one types @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page);
    await field(page, "amount").fill("20");
    await field(page, "min_spend").fill("100");
    const price = page.getByRole("textbox", { name: "Price" });
    await price.first().fill("90");
    await expect(page.getByText("¥10 more reaches ¥100.")).toBeVisible();
    await expect(page.getByRole("row", { name: / covered ¥90$/ })).toBeVisible();
    await price.nth(1).fill("30");
    await expect(page.getByRole("row", { name: /¥75$/ })).toBeVisible();
    await expect(page.getByRole("row", { name: /¥25$/ })).toBeVisible();
    await page.getByRole("button", { name: "Remove this line" }).first().click();
    await expect(price).toHaveCount(1);
    await expect(page.getByRole("button", { name: "Add a line" })).toBeFocused();
});

test("a basket to try begins with what a template covers @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page, `${await offer(page, `Fruit ${fresh()}`, { "include][": ["fruit"] })}/edit`);
    await expect(page.getByRole("combobox", { name: "Category" }).first()).toHaveValue("fruit");
    await page.getByRole("textbox", { name: "Price" }).first().fill("100");
    await expect(page.getByRole("row", { name: /^Fruit × 1 .*20 ¥80$/ })).toBeVisible();
});

test("a coupon on single products is tried on one of them @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page);
    await field(page, "amount").fill("20");
    await page.getByText("Single products").click();
    await field(page, "include_products").fill("spring-onion");
    await page.getByRole("textbox", { name: "Price" }).first().fill("90");
    await expect(page.getByRole("row", { name: /^A product you named × 1 .*20 ¥70$/ })).toBeVisible();
});

inEachLanguage("what was typed and not saved is offered again @alive", async (page, say) => {
    const name = `Kept ${fresh()}`;
    await signIntoConsole(page);
    await open(page);
    await field(page, "name").fill(name);
    await field(page, "amount").fill("7");
    await page.locator('[name="draft[include][]"][value="fruit"]').check();
    await expect.poll(() => page.evaluate(() => Object.values(localStorage).join())).toContain("fruit");
    await expect.poll(() => page.evaluate(() => Object.values(localStorage).join())).toContain("=7");
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.goBack();
    await page.goForward();
    const [words] = say("kept-offer", { at: "@" }).split("@");
    const kept = page.locator("#kept").filter({ hasText: words });
    await expect(kept).toBeInViewport();
    await kept.getByRole("button", { name: say("kept-restore") }).click();
    await expect(field(page, "name")).toHaveValue(name);
    await expect(field(page, "name")).toBeFocused();
    await expect(page.locator('[name="draft[include][]"][value="fruit"]')).toBeChecked();
    await expect(page.locator("#preview")).toContainText(/¥7 off Fruit|水果立减7/);
    await save(page, say).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    // It is saved: nothing is offered any more.
    await open(page);
    await expect(kept).toBeHidden();
    await expect(field(page, "name")).toHaveValue("");
});

test("what was typed just before leaving is offered again, too @alive", async ({ page }) => {
    const name = `Hasty ${fresh()}`;
    await signIntoConsole(page);
    await open(page);
    // Nothing that waits for a pause is done any more.
    await page.evaluate(() => {
        Object.assign(window, { setTimeout: () => 0 });
    });
    await field(page, "name").fill(name);
    await page.goto("/ops/templates");
    await open(page);
    await page.locator("#kept").getByRole("button", { name: saying("en")("kept-restore") }).click();
    await expect(field(page, "name")).toHaveValue(name);
});

test("what was typed is there again after signing in anew", async ({ page }) => {
    const name = `Door ${fresh()}`;
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await field(page, "name").fill(name);
    await field(page, "amount").fill("7");
    await page.locator('[name="draft[include][]"][value="fruit"]').check();
    // The session is over; who had it the browser still knows.
    await page.context().clearCookies({ name: "quan" });
    await save(page).click();
    await expect(page).toHaveURL(/\/ops\/sign-in/);
    await enter(page, "editor@quan.example", "email");
    await expect(page.locator("#errors")).toContainText("nothing has happened yet");
    await expect(field(page, "name")).toHaveValue(name);
    await expect(page.locator('[name="draft[include][]"][value="fruit"]')).toBeChecked();
    await save(page).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
});

test("saving the same form twice makes one template", async ({ page }) => {
    const name = `Twice ${fresh()}`;
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await field(page, "name").fill(name);
    await field(page, "amount").fill("5");
    const body = await page.locator("#draft").evaluate((form: HTMLFormElement) =>
        new URLSearchParams(new FormData(form) as unknown as Record<string, string>).toString());
    for (let times = 0; times < 2; times += 1) {
        await page.request.post("/api/fn/templates/create", {
            data: body,
            headers: {
                "content-type": "application/x-www-form-urlencoded",
                accept: "application/json",
                origin: new URL(page.url()).origin,
            },
        });
    }
    await page.goto(`/ops/templates?search=${encodeURIComponent(name)}`);
    await expect(page.getByRole("link", { name })).toHaveCount(1);
});

inEachLanguage("what somebody else saved meanwhile is shown beside one's own, and nothing is lost", async (page, say) => {
    const name = `Stale ${fresh()}`;
    await signIntoConsole(page);
    const template = await offer(page, name);
    const other = await page.context().newPage();
    for (const tab of [page, other]) await tab.goto(`${template}/edit`);
    await field(other, "stock").fill("60");
    await save(other, say).click();
    await expect(other.getByRole("heading", { level: 1, name })).toBeVisible();
    await other.close();
    await field(page, "stock").fill("70");
    await save(page, say).click();
    await expect(field(page, "stock")).toHaveValue("70");
    const errors = page.locator("#errors");
    const [, saved] = say("stale-who", { who: "@", at: "@" }).split("@");
    await expect(errors).toContainText(new RegExp(`Edda.*${saved}`));
    await expect(errors.locator("#difference")).toContainText(new RegExp(`${say("difference-stock")}.*60.*→.*70`, "s"));
    await save(page, say).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(page.locator("main")).toContainText("70");
});

test("the tick is there where it is asked for, and the preview stays, whatever else is wrong @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page);
    await field(page, "name").fill(`Slip ${fresh()}`);
    await field(page, "amount").fill("100");
    await field(page, "min_spend").fill("100");
    await field(page, "stock").fill("many");
    await save(page).click();
    await expect(page.locator("#errors")).toContainText("Confirmation");
    await awake(page);
    await expect(page.locator("#confirm")).toBeVisible();
    const preview = page.locator("#preview");
    await expect(preview).toContainText("¥100 off when you spend ¥100");
    await expect(preview).toContainText("cannot be read yet");
    await field(page, "stock").fill("50");
    await expect(preview).toContainText("Costs ¥5,000 at most");
    await expect(preview).not.toContainText("cannot be read yet");
    await field(page, "stock").fill("50 or so");
    await expect(preview).toContainText("Costs ¥5,000 at most");
    // The summary still leads to it.
    await field(page, "amount").fill("20");
    await expect(page.locator("#confirm")).toBeVisible();
});

test("what was refused is judged anew while it is put right @alive", async ({ page }) => {
    await signIntoConsole(page);
    await open(page);
    await field(page, "amount").fill("oops");
    await field(page, "claim_from").fill("2030-05-02");
    await field(page, "claim_until").fill("2030-05-01");
    await save(page).click();
    await expect(page.locator("#errors")).toBeFocused();
    await awake(page);
    const problem = (name: string) => page.locator(`[id="${name}-problem"]`);
    await expect(problem("name")).toHaveText("Please fill this in.");
    await field(page, "name").fill(`Anew ${fresh()}`);
    await expect(problem("name")).toBeHidden();
    await field(page, "amount").fill("1.999");
    await expect(problem("amount")).toHaveText("2 decimals at most.");
    await field(page, "amount").fill("20");
    await expect(problem("amount")).toBeHidden();
    await expect(field(page, "amount")).toHaveAttribute("aria-invalid", "false");
    // One field puts another right, and wrong again.
    await field(page, "claim_from").fill("2030-04-30");
    await expect(problem("claim_until")).toBeHidden();
    await field(page, "claim_from").fill("2030-05-03");
    await expect(problem("claim_until")).toBeVisible();
});

test("names of any kind stay within the page", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    const name = `<b>${"شكرا🥬".repeat(30)}</b> ${fresh()}`.slice(0, 200);
    await field(page, "name").fill(name);
    await field(page, "amount").fill("oops");
    await save(page).click();
    await expect(page.locator("#errors")).toBeFocused();
    await expect(field(page, "name")).toHaveValue(name);
    await expectWithin(page);
});
