// The funnel: what was clicked in the shop is what the console counts, no more and no less.
import type { Page } from "@playwright/test";
import { card, fresh, offer, put, send, signIntoConsole, signUp } from "./cast";
import { expect, test } from "./page";

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

/** What a table's row says beside its head. */
const cells = (page: Page, table: string, row: string) => {
    const header = page.getByRole("rowheader", { name: row, exact: true });
    return page.getByRole("table", { name: table }).getByRole("row").filter({ has: header }).getByRole("cell");
};

/** The first number of it. */
const figure = (page: Page, table: string, row: string) => cells(page, table, row).first();

test("what is clicked from a channel's link to a refund is what the funnel counts", async ({ page }) => {
    const [name, channel] = [`Counted ${fresh()}`, `leaflet-${fresh()}`];
    const called = `Leaflets of ${name}`;
    await signIntoConsole(page);
    const template = (await offer(page, name)).split("/").pop()!;
    await send(page, "channels/name", Object.entries({ channel, name: called }));
    // Nobody else comes through this channel.
    const funnel = `/ops/funnel?template=${template}&channel=${channel}`;

    await signUp(page);
    await page.goto(`/c/${channel}?search=${encodeURIComponent(name)}`);
    await card(page, name).getByRole("button", { name: /^Claim/ }).click();
    await expect(card(page, name)).toContainText("Claimed.");
    await put(page, "vegetable-gift-box", 4);
    await press(page, "Order");
    await expect(page.getByText("Waiting for payment")).toBeVisible();
    const order = page.url();

    const stages = async (entered: Record<string, string>) => {
        await page.goto(funnel);
        for (const [stage, n] of Object.entries(entered)) {
            await test.step(stage, () => expect(figure(page, "Step by step", stage)).toHaveText(n));
        }
    };
    await stages({ Views: "1", Claims: "1", Locks: "1", Redemptions: "0", Returns: "0" });
    // There is no change from nothing, and that is said.
    await expect(cells(page, "Step by step", "Claims").nth(3)).toHaveText("–");

    await page.goto(order);
    await page.getByRole("button", { name: /^Pay/ }).click();
    const back = page.locator("#give-back");
    await back.getByRole("button", { name: /^Return one more of/ }).click();
    await expect(back).toContainText("¥28.30 will be paid back.");
    await press(page, "Return");
    await expect(page.getByText("¥28.30 paid back. Your coupon stays used")).toBeVisible();

    await stages({ Views: "1", Claims: "1", Locks: "1", Redemptions: "1", Returns: "1" });
    const amounts = { Turnover: "¥133.20", Discounts: "¥20", Refunds: "¥28.30", "Net turnover": "¥84.90" };
    for (const [amount, sum] of Object.entries(amounts)) {
        await test.step(amount, () => expect(figure(page, "What it came to", amount)).toHaveText(sum));
    }
    await page.getByRole("link", { name: "Coupons: Redemptions" }).click();
    const used = page.getByRole("table", { name: "Redemptions" }).locator("tbody tr");
    await expect(used).toHaveCount(1);
    await expect(used).toContainText(called);
    await expect(used).toContainText("¥20");
    // In one piece: between any two of its letters a phone would break it.
    const code = used.getByRole("link").first();
    expect((await code.boundingBox())?.height).toBeLessThan(40);
});
