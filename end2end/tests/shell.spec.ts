// The shell around every page: policy, islands, themes, the page for nothing.
import { awake, expect, expectAccessible, test } from "./page";

test("a page can be read, under a strict policy", async ({ page }) => {
    const answer = await page.goto("/");
    expect(answer!.status()).toBe(200);
    const policy = answer!.headers()["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe-inline");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("islands wake in the shop @alive", async ({ page }) => {
    await page.goto("/");
    await awake(page);
    const button = page.getByRole("button", { name: /Pressed/ });
    await expect(button).toHaveText("Pressed 3");
    await button.click();
    await expect(button).toHaveText("Pressed 4");
});

test("islands wake in the console @alive", async ({ page }) => {
    await page.goto("/ops");
    await awake(page);
    await page.getByLabel("Say something").fill("hello");
    await expect(page.getByRole("status")).toHaveText("hello");
});

test("each half loads its own islands only @alive", async ({ page }) => {
    const programs: string[] = [];
    page.on("request", (request) => {
        if (request.url().endsWith(".wasm")) programs.push(new URL(request.url()).pathname);
    });
    await page.goto("/");
    await awake(page);
    await page.goto("/ops");
    await awake(page);
    expect(programs).toHaveLength(2);
    expect(programs[0]).toMatch(/shop\./);
    expect(programs[1]).toMatch(/console\./);
});

test("the theme follows the system, unless a choice was made", async ({ page, context, baseURL }) => {
    const ground = () => page.locator("html").evaluate((html) => getComputedStyle(html).backgroundColor);
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto("/");
    const light = await ground();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await context.addCookies([{ name: "theme", value: "light", url: baseURL! }]);
    await page.goto("/");
    expect(await ground()).toBe(light);
});

test("pages pass axe @alive", async ({ page }) => {
    for (const path of ["/", "/ops"]) {
        await page.goto(path);
        await awake(page);
        await expectAccessible(page);
    }
});
