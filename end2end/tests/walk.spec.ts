// The walk: a coupon is made, claimed, used at checkout, and counted.
import type { Locator } from "@playwright/test";
import { card, claim, claiming, find, fresh, offer, publish, put, signIntoConsole, signIntoShop, signUp, tabTo } from "./cast";
import { awake, expect, test } from "./page";
import { sayingOn } from "./say";

test("a coupon is made, claimed once, used at checkout and counted", async ({ page }) => {
    const name = `Produce ${fresh()}`;
    await signIntoConsole(page);
    const template = await publish(page, name);
    const say = await sayingOn(page);

    await signUp(page);
    await find(page, name);
    const other = await page.context().newPage();
    await find(other, name);
    await claiming(page, say, name).click();
    await expect(card(page, name)).toContainText(say("claim-done"));
    // A second click, from a tab that does not know yet, has the same coupon.
    await claiming(other, say, name).click();
    await expect(card(other, name)).toContainText(say("claim-done"));
    await other.close();
    await page.goto("/wallet");
    await expect(page.getByRole("article").filter({ hasText: name })).toHaveCount(1);

    await put(page, "vegetable-gift-box", 3);
    await expect(page.locator("#basket")).toContainText("¥99.90");
    await expect(page.locator("#basket")).toContainText(say("gap", { missing: "¥0.10", saving: "¥20" }));
    await put(page, "spring-onion", 1);
    await expect(page.locator("#total")).toContainText("¥80");
    await page.getByRole("button", { name: say("check-out"), exact: true }).click();
    await expect(page).toHaveURL(/\/orders\//);
    await expect(page.getByText(say("order-active"), { exact: true })).toBeVisible();
    await page.getByRole("button", { name: say("order-pay", { amount: "¥80" }) }).click();
    await expect(page.getByText(say("order-redeemed"), { exact: true }).first()).toBeVisible();

    await page.goto(template);
    await page.locator("#funnel").getByText(say("funnel-table")).click();
    const funnel = page.locator("#funnel");
    for (const stage of ["stage-claim", "stage-lock", "stage-redeem"]) {
        const row = funnel.getByRole("row", { name: new RegExp(`^${say(stage)} `) });
        await expect(row.getByRole("cell").first()).toHaveText("1");
    }
});

test("a coupon is claimed and pays for an order by keyboard alone @alive @english", async ({ page }) => {
    test.slow(); // Many presses of Tab.
    const name = `Keys ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await find(page, name);
    await awake(page);
    const press = async (control: Locator, key = "Tab") => {
        await tabTo(page, control, key);
        await page.keyboard.press("Enter");
    };
    await press(card(page, name).getByRole("button", { name: /^Claim/ }));
    const use = card(page, name).getByRole("link", { name: /^Use/ });
    await expect(use).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/covers$/);
    await tabTo(page, page.getByRole("searchbox"));
    await page.keyboard.type("gift box");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/search=gift/);
    await awake(page);
    const gap = page.locator("#gap");
    const more = page.locator("#shelf-more-vegetable-gift-box");
    for (const told of ["¥66.70 more", "¥33.40 more", "¥0.10 more", "¥20 off your basket"]) {
        await press(more);
        await expect(gap).toContainText(told);
        await expect(more).toBeFocused();
    }
    await press(gap.getByRole("link", { name: "To the basket" }), "Shift+Tab");
    await expect(page).toHaveURL(/\/basket/);
    await expect(page.locator("#total")).toContainText("¥113.20");
    await press(page.getByRole("button", { name: "Order", exact: true }));
    await expect(page.getByText("Waiting for payment", { exact: true })).toBeVisible();
    await press(page.getByRole("button", { name: /^Pay/ }));
    await expect(page.getByText("Paid", { exact: true }).first()).toBeVisible();
    await expect(page.locator("#order-coupons")).toContainText("Used for this order");
});

test("a press before signing in survives it", async ({ page }) => {
    const name = `Survivor ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await page.context().clearCookies();
    await find(page, name);
    const say = await sayingOn(page);
    await claiming(page, say, name).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.locator("main").getByRole("link", { name: say("sign-up-title") }).click();
    await page.locator("main #login").fill(`${fresh()}@quan.example`);
    await page.locator("main #password").fill("quan-demo-2026");
    await page.locator("main").getByRole("button", { name: say("sign-up-press") }).click();
    await page.goto("/wallet");
    await expect(page.getByRole("article").filter({ hasText: name })).toHaveCount(1);
});

test("an order that is cancelled or refunded gives the coupon back", async ({ page }) => {
    const name = `Back ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await claim(page, name);
    const say = await sayingOn(page);
    const available = page.locator("#wallet-available").getByRole("article").filter({ hasText: name });

    await put(page, "vegetable-gift-box", 4);
    await page.getByRole("button", { name: say("check-out"), exact: true }).click();
    await expect(page.getByText(say("order-active"), { exact: true })).toBeVisible();
    await page.getByText(say("order-cancel-ask"), { exact: true }).click();
    await page.getByRole("button", { name: say("order-cancel"), exact: true }).click();
    await page.goto("/wallet");
    await expect(available).toHaveCount(1);

    await page.goto("/basket");
    await page.getByRole("button", { name: say("check-out"), exact: true }).click();
    await page.getByRole("button", { name: say("order-pay", { amount: "¥113.20" }) }).click();
    const order = page.url();
    await page.locator("#give-back input[inputmode=numeric]").first().fill("4");
    await page.locator("#give-back").getByRole("button", { name: say("give-back-press"), exact: true }).click();
    await expect(page.locator("main")).toContainText(say("order-refund-line", { amount: "¥113.20" }));
    await page.goto("/wallet");
    await expect(available).toHaveCount(1);
    expect(order).toContain("/orders/");
});

test("a refused draft comes back filled in, its errors beside the fields", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    const field = (field: string) => page.locator(`[name="draft[${field}]"]`);
    const name = "名".repeat(200);
    await field("name").fill(name);
    await field("amount").fill("1e3");
    await field("min_spend").fill("1.999");
    await page.getByRole("button", { name: (await sayingOn(page))("editor-save"), exact: true }).click();
    await expect(field("name")).toHaveValue(name);
    await expect(field("amount")).toHaveValue("1e3");
    await expect(field("amount")).toHaveAttribute("aria-invalid", "true");
    await expect(field("min_spend")).toHaveAttribute("aria-invalid", "true");
});

test("the preview says what shoppers will read, while one types @alive @english", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await expect(page.locator("html[data-awake]")).toHaveCount(1);
    const field = (field: string) => page.locator(`[name="draft[${field}]"]`);
    await field("name").fill("Preview");
    await field("amount").fill("20");
    await field("min_spend").fill("100");
    await field("stock").fill("50");
    await expect(page.getByRole("complementary").getByText(/20 off when you spend ¥100/)).toBeVisible();
    await expect(page.getByText(/¥1,000/)).toBeVisible();
});

test("choosing other coupons changes the total at once @alive", async ({ page }) => {
    const name = `Live ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await claim(page, name);
    await put(page, "vegetable-gift-box", 4);
    await expect(page.locator("html[data-awake]")).toHaveCount(1);
    await expect(page.locator("#total")).toContainText("¥113.20");
    await page.locator('#coupons input[type=checkbox]').first().uncheck();
    await expect(page.locator("#total")).toContainText("¥133.20");
    await page.locator('#coupons input[type=checkbox]').first().check();
    await expect(page.locator("#total")).toContainText("¥113.20");
});

test("the cast signs in on both sides, in both languages @english", async ({ page }) => {
    await signIntoShop(page, "mei@quan.example");
    await page.getByRole("button", { name: "中文" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
    await page.goto("/wallet");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("我的优惠券");
    await page.getByRole("button", { name: "English" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("My coupons");
    await signIntoConsole(page, "viewer@quan.example");
    await page.goto("/ops/templates");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Templates");
});
