// The pages for when there is no page. The browser itself notes what failed, so this cannot be quiet.
import { expect, test, type Page } from "@playwright/test";
import { signIntoConsole } from "./cast";

const heading = (page: Page) => page.getByRole("heading", { level: 1 });

test("an unknown path has a page of its own, which loads no program", async ({ page }) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const answer = await page.goto("/no/such/page");
    expect(answer!.status()).toBe(404);
    await expect(heading(page)).toBeVisible();
    expect(asked.filter((url) => /\.(js|wasm)$/.test(url))).toEqual([]);
    await page.getByRole("link", { name: "To the coupon center" }).click();
    await expect(heading(page)).toHaveText("Coupon center");
});

test("an address of forms says so to whoever opens it", async ({ page }) => {
    const answer = await page.goto("/api/fn/issuance/claim");
    expect(answer!.status()).toBe(405);
    await expect(heading(page)).toHaveText("There is nothing to read here");
});

test("a form that is too large is told of in the half it was sent from", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await page.locator('[name="draft[terms]"]').fill("x".repeat(2_200_000));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(heading(page)).toHaveText("That was too much at once");
    await expect(page.getByRole("link", { name: "To the console" })).toBeVisible();
    await page.goBack();
    await expect(page.locator('[name="draft[terms]"]')).toHaveValue(/^x{2000000}/);
});

test("without a connection a page says so, in the reader's language, and leads on @alive", async ({ page, context }) => {
    const keepsPage = (lang: string) =>
        expect
            .poll(() => page.evaluate(async (lang) => {
                const controller = navigator.serviceWorker.controller;
                const kept = await (await caches.open("offline")).keys();
                return controller !== null && kept.some(({ url }) => url.includes(`/offline?${lang}`));
            }, lang))
            .toBe(true);
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await keepsPage("en");
    await context.setOffline(true);
    await expect(page.getByText("No connection.")).toBeVisible();
    await page.goto("/basket?search=leek");
    await expect(heading(page)).toHaveText("No connection");
    await expect(page.getByRole("link", { name: "Try again" })).toBeVisible();
    // It asks again by itself.
    await context.setOffline(false);
    await expect(heading(page)).toHaveText("Basket");
    await expect(page).toHaveURL(/\/basket\?search=leek$/);

    await page.goto("/ops/templates/new");
    await page.getByRole("button", { name: "中文" }).click();
    await keepsPage("zh-CN");
    await context.setOffline(true);
    // A form leads back to the page it stands on.
    await page.getByRole("button", { name: "English" }).click();
    await expect(heading(page)).toHaveText("网络已断开");
    await expect(page).toHaveURL(/\/ops\/templates\/new$/);
    await context.setOffline(false);
    await expect(heading(page)).toHaveText("新建模板");
});
