// The wallet: what can be done with a coupon, its own page, what it covers, and pool codes.
import type { APIRequestContext, Page } from "@playwright/test";

import { claim, fresh, offer, put, signIntoConsole, signUp } from "./cast";
import { awake, expect, expectAccessibleInBothThemes, expectWithin, test } from "./page";

/** A template of one's own, one coupon of which a new shopper holds. */
const holdOne = async (page: Page, name: string) => {
    await signIntoConsole(page);
    const template = await offer(page, name);
    await signUp(page);
    await claim(page, name);
    await page.goto("/wallet");
    return template;
};

const openDetails = (page: Page, name: string) => page.getByRole("link", { name: `Details of ${name}` }).click();

/** Codes made in advance; only a build for tests makes them over the web. */
const pool = async (request: APIRequestContext, template: string, count: number): Promise<string[]> => {
    const made = await request.post(`/test/pool?template=${template.split("/").pop()}&count=${count}`);
    expect(made.ok()).toBe(true);
    return made.json();
};

test("a coupon has a page of its own, which tells its life", async ({ page }) => {
    const name = `Timeline ${fresh()}`;
    await holdOne(page, name);
    await openDetails(page, name);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    await expect(page.getByRole("heading", { name })).toHaveCount(1);
    await expect(page.getByRole("img", { name: "The code, to be scanned" })).toBeVisible();
    const address = page.url();

    await put(page, "vegetable-gift-box", 4);
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await page.getByRole("button", { name: /Pay/ }).click();
    await expect(page.getByText("Paid", { exact: true }).first()).toBeVisible();
    await page.goto("/wallet?show=used");
    await expect(page.locator("#wallet-used").getByRole("article").filter({ hasText: name })).toContainText("¥20 saved");
    await page.goto(address);
    const steps = page.locator("#history").getByRole("listitem");
    await expect(steps).toHaveCount(3);
    await expect(steps.first()).toContainText("Used, ¥20 off");
    await expect(steps.nth(1)).toContainText("Kept for an order");
    await expect(steps.last()).toContainText("Claimed");
    await steps.first().getByRole("link").click();
    await expect(page).toHaveURL(/\/orders\//);
});

test("the code is copied in one press @alive", async ({ page, context }) => {
    const name = `Copy ${fresh()}`;
    await holdOne(page, name);
    await openDetails(page, name);
    await awake(page);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const copy = page.getByRole("button", { name: /^Copy the code/ });
    const before = await copy.boundingBox();
    await copy.click();
    await expect(page.getByRole("status").filter({ hasText: "Copied" })).toBeVisible();
    await expect(copy).toHaveText("Copied");
    expect(await copy.boundingBox()).toEqual(before);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(await page.locator("code").innerText());
    expect(copied).toMatch(/^(\w{4}-){3}\w{4}$/);
});

test("where nothing may be copied the code is selected @alive", async ({ page }) => {
    await page.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
    });
    const name = `Select ${fresh()}`;
    await holdOne(page, name);
    await openDetails(page, name);
    await awake(page);
    await page.getByRole("button", { name: /^Copy the code/ }).click();
    await expect(page.getByRole("status").filter({ hasText: "Selected" })).toBeVisible();
    expect(await page.evaluate(() => String(getSelection()))).toBe(await page.locator("code").innerText());
});

test("asleep there is nothing to press that would do nothing @plain", async ({ page }) => {
    const name = `Asleep ${fresh()}`;
    await holdOne(page, name);
    await openDetails(page, name);
    await expect(page.locator("code")).toHaveText(/^(\w{4}-){3}\w{4}$/);
    await expect(page.getByRole("button", { name: /^Copy the code/ })).toBeHidden();
    await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
});

test("a pool code is entered once, in any dress", async ({ page, request }) => {
    const name = `Pool ${fresh()}`;
    await signIntoConsole(page);
    const [code] = await pool(request, await offer(page, name), 1);
    await signUp(page);
    const field = page.getByLabel("Coupon code");
    const enter = async (code: string) => {
        await page.goto("/wallet");
        const box = page.locator("#pool-code");
        if (!(await field.isVisible())) await box.locator("summary").click();
        await field.fill(code);
        await page.getByRole("button", { name: "Add to my coupons" }).click();
    };
    await enter("7777 7777 7777 7777");
    await expect(field).toHaveValue("7777 7777 7777 7777");
    await expect(page.locator("#pool-code")).toContainText("This code does not work");
    await enter(code.toLowerCase().replace(/(.{4})/g, " $1 –").replaceAll("0", "o").replaceAll("1", "l"));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    await expect(page.locator("main")).toContainText("Claimed.");
    await enter(code);
    await expect(page.locator("main")).toContainText("yours already");
    await page.context().clearCookies();
    await signUp(page);
    await enter(code);
    await expect(page.locator("#pool-code")).toContainText("This code does not work");
});

test("use now leads to what the coupon covers, and says how much is missing", async ({ page }) => {
    const name = `Covers ${fresh()}`;
    await holdOne(page, name);
    await page.getByRole("link", { name: `Use ${name} now` }).click();
    const gap = page.locator("#gap");
    await expect(gap).toContainText("¥100 more to save ¥20");
    await page.getByRole("searchbox").fill("gift box");
    await page.getByLabel("Category").selectOption("vegetables");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/category=vegetables/);
    const box = page.locator('[id="product-vegetable-gift-box"]');
    for (const missing of ["¥66.70", "¥33.40", "¥0.10"]) {
        await box.getByRole("button").last().click();
        await expect(gap).toContainText(`${missing} more to save ¥20`);
    }
    await box.getByRole("button").last().click();
    await expect(gap).toContainText("¥20 off your basket");
    await gap.getByRole("link", { name: "To the basket" }).click();
    await expect(page.locator("#total")).toContainText("¥113.20");
});

test("the wallet, a coupon and what it covers pass axe @alive", async ({ page }) => {
    const name = `Axe <b>&amp; قسيمة 🥬 ${fresh()} ${"Überlänge ".repeat(14)}`.trim();
    await holdOne(page, name);
    await openDetails(page, name);
    const address = page.url();
    await put(page, "vegetable-gift-box", 1);
    for (const path of ["/wallet", "/wallet?show=over", address, `${address}/covers`]) {
        await page.goto(path);
        await expectWithin(page);
        await test.step(path, () => expectAccessibleInBothThemes(page));
    }
    await page.goto(address);
    await page.emulateMedia({ media: "print" });
    await expect(page.getByRole("img", { name: "The code, to be scanned" })).toBeVisible();
    await expect(page.locator("#history")).toBeHidden();
});
