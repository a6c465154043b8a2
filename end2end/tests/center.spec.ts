// The coupon center: claiming in place, all at once, and finding one among many.
import { test as loud } from "@playwright/test";
import { card, claim, claiming, enter, find, fresh, offer, put, signIntoConsole, signUp } from "./cast";
import { awake, expect, expectAccessibleInBothThemes, expectWithin, inEachLanguage, test } from "./page";
import { sayingOn } from "./say";

/** The next day of the shop, whose beginning is counted down to all day long. */
const tomorrow = () => new Date(Date.now() + (24 + 8) * 3600 * 1000).toISOString().slice(0, 10);

inEachLanguage("a coupon is claimed in place @alive", async (page, say) => {
    const name = `Place ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await find(page, name);
    await awake(page);
    await page.evaluate(() => document.body.setAttribute("data-same", ""));
    const address = page.url();
    await claiming(page, say, name).dblclick();
    await expect(card(page, name).getByRole("status")).toContainText(say("claim-done"));
    await expect(card(page, name).getByRole("link", { name: say("card-use-label", { title: name }) })).toBeFocused();
    await expect(card(page, name).getByRole("button")).toHaveCount(0);
    await expect(page.locator("body[data-same]")).toHaveCount(1);
    expect(page.url()).toBe(address);
    await page.goto("/wallet");
    await expect(page.getByRole("article").filter({ hasText: name })).toHaveCount(1);
});

// The browser itself notes the lost connection, so this cannot be quiet.
for (const per_shopper of ["1", "3"]) {
    loud(`a lost connection leaves the button, and pressing again gives exactly one of ${per_shopper} @alive`, async ({ page }) => {
        const name = `Lost ${fresh()}`;
        await signIntoConsole(page);
        await offer(page, name, { per_shopper });
        await signUp(page);
        await find(page, name);
        await awake(page);
        const button = card(page, name).getByRole("button", { name: /Claim/ });
        // The request arrives, its answer does not.
        await page.route("**/api/fn/issuance/claim", async (route) => {
            await route.fetch();
            await route.abort("connectionreset");
        }, { times: 1 });
        await button.click();
        await expect(card(page, name).getByRole("status")).toContainText("could not be reached");
        await expect(button).toBeEnabled();
        await button.click();
        await expect(card(page, name).getByRole("status")).toContainText("Claimed.");
        await page.goto("/wallet");
        await expect(page.getByRole("article").filter({ hasText: name })).toHaveCount(1);
    });
}

// The browser itself notes the status.
loud("a claim that fails is told why, and may be pressed again @alive", async ({ page }) => {
    const name = `Broken ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await signUp(page);
    await find(page, name);
    await awake(page);
    const button = card(page, name).getByRole("button", { name: /Claim/ });
    const why = (await sayingOn(page))("error-fault", { reference: "0badcafe" });
    await page.route("**/api/fn/issuance/claim", (route) => {
        return route.fulfill({ status: 500, json: { kind: "fault", reference: "0badcafe" } });
    }, { times: 1 });
    await button.click();
    await expect(card(page, name).getByRole("status")).toHaveText(why);
    const later = (await sayingOn(page))("error-unavailable");
    await page.route("**/api/fn/issuance/claim", (route) => {
        return route.fulfill({ status: 503, json: { kind: "unavailable" } });
    }, { times: 1 });
    await button.click();
    await expect(card(page, name).getByRole("status")).toHaveText(later);
    await button.click();
    await expect(card(page, name).getByRole("status")).toContainText("Claimed.");
});

test("a claim that takes its turn is answered on its card", async ({ page }) => {
    const name = `Line ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name, { lane: "queued" });
    await signUp(page);
    await claim(page, name);
    await expect(card(page, name).getByRole("link", { name: /Use/ })).toBeVisible();
    await page.goto("/wallet");
    await expect(page.getByRole("article").filter({ hasText: name })).toHaveCount(1);
});

test("whoever is not signed in is led to the door, and the press is kept", async ({ page }) => {
    const name = `Door ${fresh()}`;
    await signIntoConsole(page);
    await offer(page, name);
    await page.context().clearCookies();
    await find(page, name);
    const address = new URL(page.url());
    await card(page, name).getByRole("button", { name: /Claim/ }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await enter(page, "bo@quan.example");
    await expect(card(page, name)).toContainText("Claimed.");
    expect(new URL(page.url()).search).toBe(address.search);
});

test("all that is open is claimed at one press, with an answer each", async ({ page }) => {
    const mark = fresh();
    await signIntoConsole(page);
    for (const name of ["One", "Two"]) await offer(page, `${name} ${mark}`);
    await signUp(page);
    await find(page, mark);
    await page.getByRole("button", { name: "Claim all 2" }).click();
    await expect(page.getByText("Claimed: 2.")).toBeVisible();
    for (const name of ["One", "Two"]) await expect(card(page, `${name} ${mark}`)).toContainText("Claimed.");
    await expect(page.getByRole("button", { name: /Claim all/ })).toHaveCount(0);
});

test("a claim in place is counted off the press for all @alive", async ({ page }) => {
    const mark = fresh();
    await signIntoConsole(page);
    for (const name of ["One", "Two", "Three"]) await offer(page, `${name} ${mark}`, { per_shopper: "2" });
    await signUp(page);
    await find(page, mark);
    await awake(page);
    const claimAll = page.getByRole("button", { name: /^Claim all/ });
    await expect(claimAll).toHaveText("Claim all 3");
    await card(page, `One ${mark}`).getByRole("button", { name: /^Claim/ }).click();
    await expect(claimAll).toHaveText("Claim all 2");
    await card(page, `Two ${mark}`).getByRole("button", { name: /^Claim/ }).click();
    await expect(claimAll).toHaveCount(0);
});

test("coupons are found by words and by category", async ({ page }) => {
    const mark = fresh();
    await signIntoConsole(page);
    await offer(page, `Found ${mark}`);
    await page.goto("/");
    await page.getByRole("searchbox").fill(mark);
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page.getByRole("article")).toHaveCount(1);
    const tabs = page.getByRole("navigation", { name: "Categories" });
    await tabs.getByRole("link", { name: /^Vegetables/ }).click();
    await expect(page).toHaveURL(/category=vegetables/);
    await expect(card(page, mark)).toBeVisible();
    await page.getByRole("searchbox").fill(`${mark} and nothing else`);
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page.getByText("No coupon matches")).toBeVisible();
    await page.getByRole("link", { name: "Show all coupons" }).click();
    await expect(page.getByRole("searchbox")).toHaveValue("");
});

test("names of any kind are whole, and nothing overflows", async ({ page }) => {
    const mark = fresh();
    const names = [`${mark} ${"名".repeat(180)}`, `${mark} ${"x".repeat(35)} ${"y".repeat(35)}`, `${mark} قسيمة 🎉 <b>شراء</b>`];
    await signIntoConsole(page);
    for (const title of names) await offer(page, fresh(), { title });
    await page.setViewportSize({ width: 320, height: 700 });
    await find(page, mark);
    await expect(page.getByRole("article")).toHaveCount(3);
    await expect(page.getByRole("heading", { level: 3, name: "<b>شراء</b>" })).toBeVisible();
    await expectWithin(page);
});

test("the center passes axe with cards that are open, held, used, to come and all gone @alive", async ({ page }) => {
    test.slow(); // axe, twice in both themes.
    const mark = fresh();
    const [open, held, spent, coming, scarce] = ["Open", "Held", "Spent", "Coming", "Scarce"].map((it) => `${it} ${mark}`);
    await signIntoConsole(page);
    for (const name of [open, held, spent]) await offer(page, name);
    await offer(page, coming, { claim_from: tomorrow() });
    await offer(page, scarce, { stock: "1" });
    await signUp(page);
    await claim(page, scarce);
    await page.context().clearCookies();
    await signUp(page);
    await claim(page, spent);
    await put(page, "vegetable-gift-box", 4);
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await page.getByRole("button", { name: /^Pay/ }).click();
    await expect(page.getByText("Paid", { exact: true }).first()).toBeVisible();
    await claim(page, held);
    await find(page, mark);
    await card(page, coming).getByRole("button", { name: /Remind me/ }).click();
    await expect(card(page, coming)).toContainText("You will be reminded");
    for (const path of ["/?page=1", `/c/leaflet?search=${mark}`]) {
        await page.goto(path);
        await awake(page);
        await test.step(path, () => expectAccessibleInBothThemes(page));
    }
    await expect(card(page, open).getByRole("button", { name: /^Claim/ })).toBeVisible();
    await expect(card(page, held).getByRole("link", { name: /^Use/ })).toBeVisible();
    await expect(card(page, spent)).toContainText("Used");
    await expect(card(page, coming).getByRole("timer")).toContainText("Opens in");
    await expect(card(page, scarce)).toContainText("All gone");
});
