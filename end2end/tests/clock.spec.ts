// What the clock does: opening, lapse, expiry. It moves the server's clock, so it runs alone, after
// all other tests, and needs a server built for tests.
import { advance, card, fresh, publish, put, signIntoConsole, signUp } from "./cast";
import { expect, test } from "./page";

const HOUR = 3600;
const DAY = 24 * HOUR;

test("a coupon opens on time", async ({ page, request }) => {
    const name = `Opening ${fresh()}`;
    await signIntoConsole(page);
    const { now } = await (await request.get("/test/clock")).json();
    const opens = new Date(Date.parse(now) + (2 * DAY + 8 * HOUR) * 1000).toISOString().slice(0, 10);
    await publish(page, name, async (page) => {
        await page.locator('[name="draft[claim_from]"]').fill(opens);
    });
    await signUp(page);
    await page.goto("/");
    await expect(card(page, name)).toContainText("Opens");
    await expect(card(page, name).getByRole("button")).toHaveCount(0);
    await advance(request, 2 * DAY);
    await page.goto("/");
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await expect(card(page, name)).toContainText("Claimed.");
});

test("an unpaid order lapses, and its coupon is back", async ({ page, request }) => {
    const name = `Lapse ${fresh()}`;
    await signIntoConsole(page);
    await publish(page, name);
    await signUp(page);
    await page.goto("/");
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await put(page, "vegetable-gift-box", 4);
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await expect(page.getByText("Waiting for payment")).toBeVisible();
    await page.goto("/wallet?show=in-use");
    await expect(page.locator("#wallet-locked")).toContainText(name);
    await advance(request, 31 * 60);
    await page.goto("/wallet");
    await expect(page.locator("#wallet-available")).toContainText(name);
});

test("a coupon expires at the end of its last day", async ({ page, request }) => {
    const name = `Expiry ${fresh()}`;
    await signIntoConsole(page);
    await publish(page, name, async (page) => {
        await page.locator('[name="draft[validity]"][value="days"]').check();
        await page.locator('[name="draft[days]"]').fill("1");
    });
    await signUp(page);
    await page.goto("/");
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await page.goto("/wallet");
    await expect(page.locator("#wallet-available")).toContainText(name);
    await advance(request, DAY);
    await page.goto("/wallet?show=over");
    await expect(page.locator("#wallet-over")).toContainText(name);
});

test("the cast can be put back as it was", async ({ page, request }) => {
    const name = `Gone ${fresh()}`;
    await signIntoConsole(page);
    await publish(page, name);
    expect((await request.post("/test/reset")).status()).toBe(204);
    await signIntoConsole(page);
    await page.goto("/ops/templates");
    await expect(page.getByText(name)).toHaveCount(0);
});
