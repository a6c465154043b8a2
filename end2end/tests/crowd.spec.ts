// Far too much of everything, under names that look for a way out: every page still reads. It fills
// the server's store, so it runs alone, after the clock's tests, and puts the cast back.
import type { Page } from "@playwright/test";
import { signIntoConsole, signIntoShop, signUp } from "./cast";
import { expect, expectAccessible, expectWithin, test } from "./page";

const SHOP = ["/", "/?page=2", "/wallet", "/wallet?page=2", "/wallet?show=over", "/basket", "/orders"];
const TEMPLATES = ["/ops/templates", "/ops/templates?page=3", "/ops/templates/new"];
const CONSOLE = ["/ops", ...TEMPLATES, "/ops/catalogue", "/ops/catalogue?category=crowd-1", "/ops/operators"];

test.use({ viewport: { width: 360, height: 740 } });

/** Every page of the site that a page of it leads to by links like this. */
const linked = async (page: Page, path: string, like: RegExp) => {
    await page.goto(path);
    const links = page.locator("main a[href]");
    const hrefs = await links.evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
    return [...new Set(hrefs.filter((href) => like.test(href)))];
};

const expectToRead = (page: Page, path: string) =>
    test.step(path, async () => {
        const answer = await page.goto(path);
        expect(answer!.status()).toBe(200);
        await expectWithin(page);
        const high = await page.evaluate(() => document.documentElement.scrollHeight);
        expect(high, "the page comes to an end").toBeLessThan(60_000);
        await expectAccessible(page);
    });

test("too much of everything still reads well, and so does nothing", async ({ page, request }) => {
    test.setTimeout(900_000); // A store filled to the brim, and axe on all of it.
    expect((await request.post("/test/crowd", { timeout: 120_000 })).status()).toBe(204);
    await signIntoShop(page, "crowd@quan.example");
    await signIntoConsole(page, "admin@quan.example");
    const templates = (await linked(page, "/ops/templates", /^\/ops\/templates\/[0-9a-f-]{36}$/)).slice(0, 6);
    expect(templates.length).toBe(6);
    const [covers] = await linked(page, "/wallet", /^\/wallet\/[^/]+\/covers$/);
    const coupon = covers.replace("/covers", "");
    for (const path of [...SHOP, coupon, covers, ...CONSOLE, ...templates, `${templates[0]}/edit`]) {
        await expectToRead(page, path);
    }
    await page.context().clearCookies();
    await signUp(page);
    await expectToRead(page, "/wallet");
    const main = page.locator("main");
    await expect(main).toContainText("You have no coupons yet.");
    await main.getByRole("link", { name: "To the coupon center" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Coupon center");
    expect((await request.post("/test/reset")).status()).toBe(204);
});
