// The basket and what becomes of an order: gaps, choices, payments that fail, goods that go back.
import { claim, fresh, offer, put, signIntoConsole, signUp } from "./cast";
import { awake, expect, expectAccessibleInBothThemes, expectWithin, inEachLanguage, test } from "./page";
import { sayingOn } from "./say";
import type { Page } from "@playwright/test";

/** A shopper who holds "20 off when vegetables and fruit reach 100" under this name. */
const holder = async (page: Page, name: string) => {
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await claim(page, name);
};

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();

/** Whether the page still is the one that was loaded. */
const mark = (page: Page) => page.evaluate(() => document.documentElement.setAttribute("data-same", ""));

inEachLanguage("one press adds what closes the gap, and the coupon applies", async (page, say) => {
    const name = `Gap ${fresh()}`;
    await holder(page, name);
    await put(page, "vegetable-gift-box", 3);
    const gap = say("gap", { missing: "¥0.10", saving: "¥20" });
    const near = page.locator("#coupons").getByRole("listitem").filter({ hasText: gap }).first();
    await expect(near).toContainText(name);
    const offers = near.getByRole("button");
    await expect(offers).toHaveCount(3);
    await expect(offers.first()).toHaveText(/(Spring onion|小葱).*¥0\.10/);
    await offers.first().click();
    await expect(page.locator("#total")).toContainText("¥80");
    await expect(page.locator("#coupons")).toContainText(say("coupons-best", { amount: "¥20" }));
    await expect(page).toHaveURL(/\/basket/);
});

test("another coupon can be ticked, none, and the best again", async ({ page }) => {
    const [one, two] = [`One ${fresh()}`, `Two ${fresh()}`];
    await holder(page, one);
    await page.context().clearCookies();
    await signIntoConsole(page);
    await offer(page, two, { amount: "25" });
    await signUp(page);
    await claim(page, one);
    await claim(page, two);
    await put(page, "vegetable-gift-box", 4);
    const coupons = page.locator("#coupons");
    const box = (name: string) => coupons.getByRole("checkbox", { name: new RegExp(`^${name}`) });
    await expect(box(two)).toBeChecked();
    await expect(coupons.getByRole("listitem").filter({ hasText: one })).toContainText(`together with ${two}`);
    await expect(page.locator("#total")).toContainText("¥108.20");
    await box(one).check();
    const apply = coupons.getByRole("button", { name: "Apply" });
    if (await apply.isVisible()) await apply.click();
    await expect(page.locator("#total")).toContainText("¥113.20");
    await expect(box(two)).not.toBeChecked();
    await press(page, "Use none");
    await expect(page.locator("#total")).toContainText("¥133.20");
    await expect(coupons).toContainText("You use no coupon.");
    await press(page, "Choose the best for me");
    await expect(page.locator("#total")).toContainText("¥108.20");
});

test("a payment that fails gives the coupon and the basket back", async ({ page }) => {
    const name = `Failed ${fresh()}`;
    await holder(page, name);
    await put(page, "vegetable-gift-box", 4);
    await press(page, "Order");
    await expect(page.getByText("Waiting for payment")).toBeVisible();
    await expect(page.locator("#order-coupons")).toContainText("Kept for this order until");
    await press(page, "Let the payment fail");
    await expect(page.locator(":focus")).toContainText("The payment failed; nothing was charged. Your coupon is back");
    await expect(page.locator("#order-coupons")).toContainText("Your coupon is back");
    await press(page, "Order again");
    await expect(page).toHaveURL(/\/basket/);
    await expect(page.locator("#total")).toContainText("¥113.20");
    await press(page, "Order");
    await page.getByRole("button", { name: /^Pay/ }).click();
    await expect(page.getByText("Paid", { exact: true }).first()).toBeVisible();
    await expect(page.locator("#order-coupons")).toContainText("Used for this order");
});

inEachLanguage("part of an order goes back, then the rest, and the coupon with it", async (page, say) => {
    const name = `Part ${fresh()}`;
    await holder(page, name);
    await put(page, "vegetable-gift-box", 4);
    await press(page, say("check-out"));
    await page.getByRole("button", { name: say("order-pay", { amount: "¥113.20" }) }).click();
    const back = page.locator("#give-back");
    const staysUsed = say("give-back-stays-used");
    await back.locator('[id^="give-back-more-"]').click();
    await expect(back).toContainText(say("give-back-pays", { amount: "¥28.30" }));
    await expect(back).toContainText(staysUsed);
    await press(page, say("give-back-press"));
    const paidBack = say("give-back-done-with-notes", { amount: "¥28.30", notes: staysUsed });
    await expect(page.getByText(paidBack)).toBeVisible();
    await expect(page.locator("#order-coupons")).toContainText(say("order-coupon-used"));
    await expect(back).toContainText(say("give-back-pays", { amount: "¥84.90" }));
    await press(page, say("give-back-all"));
    await expect(page.locator("#order-coupons")).toContainText(say("order-coupon-back"));
    await expect(page.getByText(say("give-back-none-left"))).toBeVisible();
    await page.locator("main").getByRole("link", { name: say("orders-title") }).click();
    const order = page.getByRole("listitem").filter({ hasText: say("orders-paid-back", { amount: "¥113.20" }) });
    await expect(order).toHaveCount(1);
});

test("the basket changes in place, and keeps what was pressed @alive", async ({ page }) => {
    const name = `Place ${fresh()}`;
    await holder(page, name);
    await put(page, "vegetable-gift-box", 1);
    await awake(page);
    await mark(page);
    const more = page.locator("#more-vegetable-gift-box");
    for (let i = 0; i < 3; i++) await more.click();
    await expect(page.locator("#quantity-vegetable-gift-box")).toHaveValue("4");
    await expect(page.locator("#total")).toContainText("¥113.20");
    await expect(more).toBeFocused();
    await expect(page.locator("html[data-same]")).toHaveCount(1);
});

test("the basket is emptied by a second press", async ({ page }) => {
    await put(page, "spring-onion", 2);
    const empty = page.getByRole("button", { name: "Empty the basket", exact: true });
    await expect(empty).toBeHidden();
    await page.getByText("Empty the basket…", { exact: true }).click();
    await empty.click();
    await expect(page.locator("#lines")).toContainText("The basket is empty");
});

test("a press that does not arrive is told, and nothing is lost @alive", async ({ page }) => {
    const name = `Lost ${fresh()}`;
    await holder(page, name);
    await put(page, "vegetable-gift-box", 4);
    await awake(page);
    const box = page.locator("#coupons").getByRole("checkbox").first();
    // Cutting the line would have the browser itself complain.
    await page.evaluate(() => (window.fetch = () => Promise.reject(new TypeError("offline"))));
    await box.click();
    await expect(page.getByRole("alert").filter({ hasText: "could not be reached" })).toBeVisible();
    await expect(box).toBeChecked();
    await expect(page.locator("#total")).toContainText("¥113.20");
});

test("what a press is about to renew is busy until it is answered, and looks it @alive", async ({ page }) => {
    await put(page, "vegetable-gift-box", 1);
    await awake(page);
    let answer = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/api/fn/basket/add", async (route) => {
        await held;
        await route.continue();
    });
    await page.locator("#more-vegetable-gift-box").click();
    for (const part of ["#lines", "#total", "#shelf"]) {
        await expect(page.locator(part)).toHaveAttribute("aria-busy", "true");
        await expect(page.locator(part)).toHaveCSS("opacity", "0.6");
    }
    answer();
    await expect(page.locator("#quantity-vegetable-gift-box")).toHaveValue("2");
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expect(page.locator("#lines")).toHaveCSS("opacity", "1");
});

test("how a press in place went is said by what was there before it @alive", async ({ page }) => {
    const name = `Said ${fresh()}`;
    await holder(page, name);
    await page.goto("/wallet");
    const covers = await page.getByRole("link", { name: `Use ${name} now` }).getAttribute("href");
    for (const path of ["/basket", covers!]) {
        await page.goto(`${path}?search=vegetable+gift+box`);
        await awake(page);
        const said = page.locator("#said");
        await expect(said).toHaveAttribute("aria-live", "polite");
        expect(await said.evaluate((region) => region.checkVisibility())).toBe(true);
        await said.evaluate((region) => region.setAttribute("data-same", ""));
        const more = page.locator("#shelf-more-vegetable-gift-box");
        // As if it had been taken off the shelf meanwhile.
        await more.evaluate((button) => button.setAttribute("value", "no-longer-sold"));
        await more.click();
        await expect(page.locator("#said[data-same]")).toContainText("There is nothing here");
    }
});

test("a press that fails is told by its reference, and nothing is lost @alive", async ({ page }) => {
    const name = `Broken ${fresh()}`;
    await holder(page, name);
    await put(page, "vegetable-gift-box", 4);
    await awake(page);
    const box = page.locator("#coupons").getByRole("checkbox").first();
    const why = (await sayingOn(page))("error-fault", { reference: "0badcafe" });
    await page.evaluate((why) => {
        window.fetch = async () => new Response(`<p id="failure">${why}</p>`, { status: 500 });
    }, why);
    await box.click();
    await expect(page.getByRole("alert").filter({ hasText: why })).toBeVisible();
    await expect(box).toBeChecked();
});

test("the time to pay counts down @alive", async ({ page }) => {
    await signUp(page);
    await put(page, "vegetable-gift-box", 1);
    await press(page, "Order");
    const timer = page.getByRole("timer");
    await expect(timer).toHaveText(/^29:\d\d$/);
    const first = await timer.textContent();
    await expect(timer).not.toHaveText(first!);
});

test("a phone that slept knows that the time to pay is over @alive", async ({ page }) => {
    await signUp(page);
    await put(page, "vegetable-gift-box", 1);
    await press(page, "Order");
    const timer = page.getByRole("timer");
    await expect(timer).toHaveText(/^29:\d\d$/);
    // The steady clock stood still meanwhile.
    await page.evaluate(() => {
        const now = Date.now;
        Date.now = () => now() + 31 * 60 * 1000;
    });
    await expect(page.getByRole("alert").filter({ hasText: "The time to pay is over" })).toBeVisible();
    await expect(timer).toBeHidden();
});

test("baskets and orders with long names read well, and pass axe @alive", async ({ page }) => {
    test.slow(); // axe, twice in both themes.
    const name = `${"很长的名字".repeat(30)}🥬${fresh()}`;
    await page.setViewportSize({ width: 360, height: 800 });
    await holder(page, name);
    await put(page, "vegetable-gift-box", 3);
    await expectWithin(page);
    await put(page, "spring-onion", 1);
    await expectWithin(page);
    await expectAccessibleInBothThemes(page);
    await press(page, "Order");
    await expect(page.getByText("Waiting for payment")).toBeVisible();
    await expectWithin(page);
    await page.getByRole("button", { name: /^Pay/ }).click();
    await expect(page.locator("#give-back")).toBeVisible();
    await expectWithin(page);
    await expectAccessibleInBothThemes(page);
    await page.goto("/orders");
    await expectWithin(page);
});
