// The console's single coupons, and the keys of order systems.
import type { Page } from "@playwright/test";

import { claim, fresh, publish, signIntoConsole, signUp } from "./cast";
import { expect, test } from "./page";

/** A coupon that a new shopper holds; answers its page in the wallet. The browser is signed in to both halves. */
const holdOne = async (page: Page, name: string) => {
    await signIntoConsole(page, "admin@quan.example");
    await publish(page, name);
    await signUp(page);
    await claim(page, name);
    await page.goto("/wallet");
    await page.getByRole("link", { name: `Details of ${name}` }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    return page.url();
};

/** Opens one of the actions of a coupon, says why, and does it. */
const act = async (page: Page, name: string) => {
    const action = page.locator("details").filter({ hasText: `${name}…` });
    await action.getByText(`${name}…`, { exact: true }).click();
    await action.getByLabel("Reason").fill("asked by phone");
    await action.getByRole("button", { name, exact: true }).click();
};

test("a coupon is found by its code, held, let go, revoked and replaced", async ({ page }) => {
    const wallet = await holdOne(page, `Guarded ${fresh()}`);
    const code = wallet.split("/").pop()!;
    await page.goto("/ops/coupons");
    await page.getByRole("searchbox").fill(` ${code.toLowerCase()} `);
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`/ops/coupons/${code}$`));
    const story = page.url();

    await act(page, "Hold");
    await expect(page.getByText("It is on hold. Nobody can use it until it is let go.")).toBeVisible();
    await page.goto(wallet);
    await expect(page.getByText("Being checked").first()).toBeVisible();

    await page.goto("/ops/risk?show=held");
    await page.getByRole("link", { name: code.match(/.{4}/g)!.join("-") }).click();
    await expect(page).toHaveURL(story);
    await act(page, "Let go");
    await expect(page.getByText("It is let go. Its holder can use it again.")).toBeVisible();
    await act(page, "Revoke");
    await expect(page.getByText("It is revoked.", { exact: true })).toBeVisible();
    await act(page, "Give a replacement");
    await expect(page.getByText(/^The replacement is in the shopper/)).toBeVisible();
    await expect(page.locator("#deeds").getByRole("listitem").first()).toContainText("asked by phone");
    await expect(page.locator("dt").filter({ hasText: "Replaced by" })).toBeVisible();
});

test("a key is shown once", async ({ page }) => {
    await signIntoConsole(page, "admin@quan.example");
    await page.goto("/ops/keys");
    const name = `Till ${fresh()}`;
    await page.getByLabel("Name").fill(name);
    await page.getByRole("checkbox", { name: /^Quotes/ }).check();
    await page.getByRole("button", { name: "Make a key" }).click();
    await expect(page.locator("#made-key")).toHaveText(/^quan_.{40,}$/);
    await page.reload();
    await expect(page.getByRole("heading", { name })).toBeVisible();
    await expect(page.locator("#made-key")).toHaveCount(0);
});
