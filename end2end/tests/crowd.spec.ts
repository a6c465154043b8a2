// Far too much of everything, under names that look for a way out: every page still reads. It fills
// the server's store, so it runs alone, after the clock's tests, and puts the cast back.
import { signIntoConsole, signIntoShop } from "./cast";
import { expect, expectAccessible, expectWithin, test } from "./page";

const SHOP = ["/", "/?page=2", "/wallet", "/basket"];
const CONSOLE = ["/ops", "/ops/templates", "/ops/templates?page=3", "/ops/templates/new"];

test.use({ viewport: { width: 360, height: 740 } });

test("too much of everything still reads well", async ({ page, request }) => {
    test.setTimeout(600_000); // A store filled to the brim, and axe on all of it.
    expect((await request.post("/test/crowd", { timeout: 120_000 })).status()).toBe(204);
    await signIntoShop(page, "crowd@quan.example");
    await signIntoConsole(page, "admin@quan.example");
    await page.goto("/ops/templates");
    const links = page.locator('main a[href^="/ops/templates/"]:not([href$="/new"])');
    const hrefs = await links.evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
    const templates = [...new Set(hrefs.filter((href) => /\/[0-9a-f-]{36}$/.test(href)))].slice(0, 6);
    expect(templates.length).toBe(6);
    for (const path of [...SHOP, ...CONSOLE, ...templates, `${templates[0]}/edit`]) {
        await test.step(path, async () => {
            const answer = await page.goto(path);
            expect(answer!.status()).toBe(200);
            await expectWithin(page);
            const high = await page.evaluate(() => document.documentElement.scrollHeight);
            expect(high, "the page comes to an end").toBeLessThan(60_000);
            await expectAccessible(page);
        });
    }
    expect((await request.post("/test/reset")).status()).toBe(204);
});
