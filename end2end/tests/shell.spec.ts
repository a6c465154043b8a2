// The shell around every page: policy, bundles, themes.
import { claim, fresh, offer, put, signIntoConsole, signUp } from "./cast";
import { awake, expect, test } from "./page";

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
    await offer(page, name);
    await page.goto("/ops/templates/new");
    await awake(page);
    await signUp(page);
    await claim(page, name);
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
    await page.getByRole("button", { name: "Colours" }).click();
    await page.getByRole("button", { name: "Light" }).click();
    await expect.poll(ground).toBe(light);
});

test("a choice of language returns to the same page", async ({ page }) => {
    await page.goto("/basket?search=leek");
    await page.getByRole("button", { name: "中文" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
    await expect(page).toHaveURL(/\/basket\?search=leek$/);
});

test("the keyboard skips to the content first", async ({ page }) => {
    await page.goto("/basket");
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.locator("main")).toBeFocused();
});

test("the bar of ways marks the page, counts the basket and covers nothing", async ({ page }) => {
    await put(page, "spring-onion", 3);
    const nav = page.getByRole("navigation", { name: "Main" });
    await expect(nav.getByRole("link", { name: "Basket (3 pieces)" })).toHaveAttribute("aria-current", "page");
    const covered = await page.evaluate(() => {
        scrollTo(0, document.body.scrollHeight);
        const bar = document.querySelector("nav")!.getBoundingClientRect();
        const end = document.querySelector("footer, main:last-of-type")!.getBoundingClientRect();
        return bar.bottom === innerHeight && end.bottom > bar.top + 1;
    });
    expect(covered).toBe(false);
});

test("what a thumb has to meet is 44 pixels wide and high @touch", async ({ page }) => {
    const name = `Thumb ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name, { description: "With details." });
    await signUp(page);
    await claim(page, name);
    const measured = async () => {
        const targets = page.locator("header button:visible, header a:visible, main summary:visible, #order-coupons a");
        for (const target of await targets.all()) {
            const { width, height } = (await target.boundingBox())!;
            expect(Math.min(width, height), await target.innerText()).toBeGreaterThanOrEqual(43.5);
        }
    };
    await measured();
    await put(page, "vegetable-gift-box", 4);
    await measured();
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await expect(page.getByText("Waiting for payment")).toBeVisible();
    await measured();
});

test("the ways of the console are a press away", async ({ page, isMobile }) => {
    await signIntoConsole(page);
    const ways = page.getByRole("navigation", { name: "Main" });
    if (isMobile) {
        await expect(ways).toBeHidden();
        await page.getByRole("button", { name: "Menu" }).click();
        await expect(page.getByText("Editor", { exact: true })).toBeVisible();
        await page.keyboard.press("Escape");
        await expect(ways).toBeHidden();
        await page.getByRole("button", { name: "Menu" }).click();
    }
    await ways.getByRole("link", { name: "Templates" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Templates");
});

test("the way out of the console is in sight on a desk, however low the window", async ({ page }) => {
    await signIntoConsole(page);
    await page.setViewportSize({ width: 1280, height: 480 });
    await expect(page.getByRole("button", { name: "Sign out" })).toBeInViewport({ ratio: 1 });
});

test("how a form went is where the focus is", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await page.locator('[name="draft[name]"]').fill(`Focus ${fresh()}`);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.locator(":focus")).toContainText("to put right");
    await page.locator('[name="draft[amount]"]').fill("5");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("button", { name: "Hand in for approval" })).toBeVisible();
    await expect(page.locator(":focus")).toHaveRole("status");
});

test("paper gets the content alone, dark on white whatever the theme", async ({ page }) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.goto("/basket");
    await expect(page.locator("header")).toBeHidden();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const colour = (property: string) =>
        page.locator("html").evaluate((html, name) => getComputedStyle(html).getPropertyValue(name), property);
    expect(await colour("background-color")).toBe("rgb(255, 255, 255)");
    expect(await colour("color")).toBe("rgb(0, 0, 0)");
});
