// The shell around every page: policy, bundles, themes, accessibility.
import { card, fresh, publish, put, signIntoConsole, signUp } from "./cast";
import { awake, expect, expectAccessible, test } from "./page";

test("a page can be read, under a strict policy", async ({ page }) => {
    const answer = await page.goto("/");
    expect(answer!.status()).toBe(200);
    const policy = answer!.headers()["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe-inline");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("each half loads its own islands only @alive", async ({ page }) => {
    const programs: string[] = [];
    page.on("request", (request) => {
        if (request.url().endsWith(".wasm")) programs.push(new URL(request.url()).pathname);
    });
    const name = `Bundles ${fresh()}`;
    await signIntoConsole(page);
    await publish(page, name);
    await page.goto("/ops/templates/new");
    await awake(page);
    await signUp(page);
    await page.goto("/");
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await put(page, "vegetable-gift-box", 4);
    await awake(page);
    const bundles = new Set(programs.map((path) => path.replace(/.*\/(\w+)\..*/, "$1")));
    expect([...bundles].sort()).toEqual(["console", "shop"]);
});

test("the theme follows the system, unless a choice was made", async ({ page }) => {
    const ground = () => page.locator("html").evaluate((html) => getComputedStyle(html).backgroundColor);
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto("/");
    const light = await ground();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.getByRole("button", { name: "Light" }).click();
    expect(await ground()).toBe(light);
});

test("pages pass axe @alive", async ({ page }) => {
    test.slow(); // Two themes of eleven pages.
    const name = `Axe ${fresh()}`;
    await signIntoConsole(page);
    const template = await publish(page, name);
    await signUp(page);
    await page.goto("/");
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await put(page, "vegetable-gift-box", 4);
    const shop = ["/", "/wallet", "/basket", "/sign-in", "/sign-up"];
    const console = ["/ops", "/ops/templates", "/ops/templates/new", template, `${template}/edit`, "/ops/sign-in"];
    for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const path of [...shop, ...console]) {
            await page.goto(path);
            await test.step(`${path} ${colorScheme}`, () => expectAccessible(page));
        }
    }
});
