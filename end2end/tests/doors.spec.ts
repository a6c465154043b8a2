// The doors: signing in, and who works in the console.
import type { Browser, Page } from "@playwright/test";
import { card, find, fresh, offer, signIntoConsole, signIntoShop } from "./cast";
import { awake, expect, expectAccessibleInBothThemes, test } from "./page";

/** Somebody else's browser, of the same kind. */
const elsewhere = async (page: Page, browser: Browser, javaScriptEnabled: boolean) => {
    const { baseURL, locale } = { baseURL: new URL(page.url()).origin, locale: "en-GB" };
    return (await browser.newContext({ baseURL, locale, javaScriptEnabled })).newPage();
};

test("an admin adds an operator, who signs in and is out at once when switched off", async ({
    page,
    browser,
    javaScriptEnabled,
}) => {
    const name = `Vera ${fresh()}`;
    const email = `${fresh()}@quan.example`;
    await signIntoConsole(page, "admin@quan.example");
    await page.goto("/ops/operators");
    await page.getByRole("link", { name: "Add an operator" }).click();
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("E-mail").fill(email);
    await page.getByRole("radio", { name: /^Editor/ }).check();
    const password = await page.getByLabel("Password").inputValue();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByRole("status")).toContainText(`${name} is added`);

    const vera = await elsewhere(page, browser, javaScriptEnabled ?? true);
    await vera.goto("/ops/operators");
    await vera.getByLabel("E-mail").fill(email);
    await vera.getByLabel("Password").fill(password);
    await vera.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(vera).toHaveURL(/\/ops\/operators$/);
    await expect(vera.getByRole("row").filter({ hasText: email })).toContainText("(you)");
    await expect(vera.getByRole("link", { name: "Add an operator" })).toHaveCount(0);

    await page.getByRole("link", { name }).click();
    await page.getByText("Switch off…").click();
    await page.getByRole("button", { name: "Switch off", exact: true }).click();
    await expect(page.getByRole("status")).toContainText("signed out everywhere");
    await vera.goto("/ops/templates");
    await expect(vera).toHaveURL(/\/ops\/sign-in/);
    await vera.context().close();
});

test("one press signs in as somebody of the demo", async ({ page }) => {
    await page.goto("/wallet");
    await page.getByRole("button", { name: "Sign in as Bo" }).click();
    await expect(page).toHaveURL(/\/wallet$/);
    await page.goto("/ops/sign-in");
    await page.getByRole("button", { name: "Sign in as Viewer" }).click();
    await expect(page).toHaveURL(/\/ops$/);
});

test("the door says what will be claimed, and keeps what was typed", async ({ page }) => {
    const name = `Waiting ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await page.context().clearCookies();
    await find(page, name);
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await expect(page.getByRole("status")).toContainText(`Sign in to take “${name}”`);
    await page.getByLabel("E-mail or phone number").fill("mei@quan.example");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByLabel("E-mail or phone number")).toHaveValue("mei@quan.example");
    await page.getByRole("button", { name: "Sign in as Mei" }).click();
    await page.goto("/wallet");
    await expect(page.getByRole("article").filter({ hasText: name })).toHaveCount(1);
});

test("a password can be looked at while it is typed @alive", async ({ page }) => {
    await page.goto("/sign-in");
    await awake(page);
    const password = page.getByLabel("Password");
    await password.fill("correct horse");
    await expect(password).toHaveAttribute("type", "password");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(password).toHaveAttribute("type", "text");
    await expect(password).toHaveValue("correct horse");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(password).toHaveAttribute("type", "password");
});

test("without JavaScript no button promises to show a password @plain", async ({ page }) => {
    await page.goto("/sign-in");
    await expect(page.getByLabel("Password")).toBeVisible();
    await expect(page.getByRole("button", { name: "Show" })).toHaveCount(0);
});

test("a shopper signs out on every device", async ({ page, browser, javaScriptEnabled }) => {
    await page.goto("/");
    const other = await elsewhere(page, browser, javaScriptEnabled ?? true);
    // Nobody else of the tests is this shopper.
    const login = `${fresh()}@quan.example`;
    await page.goto("/sign-up");
    await page.getByLabel("E-mail or phone number").fill(login);
    await page.getByLabel("Password").fill("quan-demo-2026");
    await page.getByRole("button", { name: "Create an account" }).click();
    await expect(page).toHaveURL(/\/$/);
    await signIntoShop(other, login);
    await page.goto("/account");
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await expect(page.getByRole("status")).toContainText("every device");
    await other.goto("/wallet");
    await expect(other).toHaveURL(/\/sign-in/);
    await other.context().close();
});

test("what an operator's page keeps folded passes axe too @alive", async ({ page }) => {
    test.slow(); // axe, twice in both themes.
    await signIntoConsole(page, "admin@quan.example");
    // One's own, and somebody else's.
    for (const name of [/Ada/, /Vito/]) {
        await page.goto("/ops/operators");
        await page.locator("main").getByRole("link", { name }).click();
        await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
        for (const closed of await page.locator("details > summary").all()) await closed.click();
        await test.step(String(name), () => expectAccessibleInBothThemes(page));
    }
});
