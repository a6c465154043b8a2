// What the clock does: opening, lapse, expiry. It moves the server's clock, so it runs alone, after
// all other tests, and needs a server built for tests.
import { advance, card, claim, find, fresh, moveTo, offer, put, signIntoConsole, signUp } from "./cast";
import { expect, expectAccessibleInBothThemes, test } from "./page";

const MINUTE = 60 * 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;

test("a coupon opens on time", async ({ page, request }) => {
    const name = `Opening ${fresh()}`;
    await signIntoConsole(page);
    const { now } = await (await request.get("/test/clock")).json();
    const opens = new Date(Date.parse(now) + (2 * DAY + 8 * HOUR) * 1000).toISOString().slice(0, 10);
    await offer(page, name, { claim_from: opens });
    const at = Date.parse(`${opens}T00:00:00+08:00`);
    await signUp(page);
    await find(page, name);
    await expect(card(page, name)).toContainText("Opens");
    await expect(card(page, name)).not.toContainText("Opens in");
    await expect(card(page, name).getByRole("button", { name: /Claim/ })).toHaveCount(0);
    await moveTo(request, at - MINUTE);
    await find(page, name);
    await expect(card(page, name).getByRole("timer")).toHaveText(/^Opens in 00:0[01]:[0-5][0-9]$/);
    await expect(card(page, name).getByRole("button", { name: /Claim/ })).toHaveCount(0);
    // It opens under one's eyes: the page is not loaded again.
    await moveTo(request, at - 2000);
    await find(page, name);
    await page.evaluate(() => document.body.setAttribute("data-same", ""));
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await expect(card(page, name)).toContainText("Claimed.");
    await expect(page.locator("body[data-same]")).toHaveCount(1);
    await moveTo(request, at + MINUTE);
    await page.context().clearCookies();
    await signUp(page);
    await claim(page, name);
});

test("a shopper who asks is reminded of an opening", async ({ page, request }) => {
    const name = `Reminder ${fresh()}`;
    await signIntoConsole(page);
    const { now } = await (await request.get("/test/clock")).json();
    const opens = new Date(Date.parse(now) + (2 * DAY + 8 * HOUR) * 1000).toISOString().slice(0, 10);
    await offer(page, name, { claim_from: opens });
    await signUp(page);
    await find(page, name);
    await card(page, name).getByRole("button", { name: /Remind me/ }).click();
    await expect(card(page, name)).toContainText("You will be reminded");
    await card(page, name).getByRole("button", { name: /Cancel reminder/ }).click();
    await expect(card(page, name)).not.toContainText("You will be reminded");
    await card(page, name).getByRole("button", { name: /Remind me/ }).click();
    await expect(card(page, name)).toContainText("You will be reminded");
    await page.goto("/wallet");
    const reminder = page.getByRole("region", { name: "Your reminders" }).getByRole("listitem");
    await expect(reminder).toContainText(name);
    await expect(reminder).toContainText("Opens");
    await moveTo(request, Date.parse(`${opens}T00:00:00+08:00`) + MINUTE);
    await page.reload();
    await expect(reminder).toContainText("Open now");
    await reminder.getByRole("link", { name: /Claim/ }).click();
    await expect(page).toHaveURL(/#coupon-/);
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await expect(card(page, name)).toContainText("Claimed.");
    await page.goto("/wallet");
    await expect(reminder).toHaveCount(0);
});

test("an unpaid order lapses, and its coupon is back", async ({ page, request }) => {
    const name = `Lapse ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await claim(page, name);
    await put(page, "vegetable-gift-box", 4);
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await expect(page.getByText("Waiting for payment")).toBeVisible();
    const order = page.url();
    await page.goto("/wallet?show=in-use");
    await expect(page.locator("#wallet-locked")).toContainText(name);
    await advance(request, 31 * 60);
    await page.goto(order);
    await expect(page.getByText("Not paid in time")).toBeVisible();
    await expect(page.locator("#order-coupons")).toContainText("Your coupon is back");
    await page.getByRole("button", { name: "Order again" }).click();
    await expect(page.locator("#total")).toContainText("¥113.20");
    await page.goto("/wallet");
    await expect(page.locator("#wallet-available")).toContainText(name);
});

test("a coupon expires at the end of its last day", async ({ page, request }) => {
    const name = `Expiry ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name, { validity: "days", days: "1" });
    await signUp(page);
    await claim(page, name);
    await page.goto("/wallet");
    await expect(page.locator("#wallet-available")).toContainText(name);
    await advance(request, DAY);
    await page.goto("/wallet?show=over");
    await expect(page.locator("#wallet-over")).toContainText(name);
    await find(page, name);
    await expect(card(page, name)).toContainText("Expired");
    await expectAccessibleInBothThemes(page);
});

test("the cast can be put back as it was", async ({ page, request }) => {
    const name = `Gone ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    expect((await request.post("/test/reset")).status()).toBe(204);
    await signIntoConsole(page);
    await page.goto("/ops/templates");
    await expect(page.getByText(name)).toHaveCount(0);
});
