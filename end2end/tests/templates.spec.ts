// The console's templates: found, paused, copied, compared.
import { expect as check, type Page } from "@playwright/test";
import { claim, fresh, offer, signIntoConsole, signUp } from "./cast";
import { expect, expectAccessibleInBothThemes, expectWithin, test } from "./page";

const field = (page: Page, name: string) => page.locator(`[name="draft[${name}]"]`);

/** Copies a template under a name of one's own; answers the page of the copy. */
const copyAs = async (page: Page, template: string, name: string) => {
    await page.goto(template);
    await page.locator("main").getByRole("button", { name: "Copy", exact: true }).click();
    await check(page).toHaveURL(/\/edit$/);
    await field(page, "name").fill(name);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await check(page.getByRole("heading", { level: 1, name })).toBeVisible();
};

test("what a list is asked survives sorting and going on", async ({ page }) => {
    await signIntoConsole(page);
    const mark = fresh();
    await offer(page, `${mark} Beta`);
    const template = await offer(page, `${mark} Alpha`);
    await copyAs(page, template, `${mark} Gamma`);

    await page.goto("/ops/templates");
    const search = page.getByRole("searchbox", { name: "Search" });
    await search.fill(mark.toUpperCase());
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page.getByText("3 templates match")).toBeVisible();
    await page.getByRole("link", { name: /^Live/ }).click();
    await expect(page.getByText("2 templates match")).toBeVisible();
    await expect(page.getByRole("searchbox", { name: "Search" })).toHaveValue(mark.toUpperCase());

    await page.getByLabel("Sort by").selectOption({ label: "Name, Z to A" });
    await page.getByRole("button", { name: "Search" }).click();
    const names = page.getByRole("row").getByRole("link", { name: new RegExp(mark) });
    await expect(names).toHaveText([`${mark} Beta`, `${mark} Alpha`]);
    await expect(page).toHaveURL(/state=live/);
    await expect(page).toHaveURL(/sort=-name/);

    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect(page.getByRole("searchbox", { name: "Search" })).toHaveValue("");
    await page.goto("/ops/templates?search=nothing-is-called-this");
    await expect(page.getByText("No template matches what you asked for.")).toBeVisible();
});

test("ticked templates are paused, and each that was not says why", async ({ page }) => {
    await signIntoConsole(page);
    const mark = fresh();
    const first = await offer(page, `${mark} First`);
    await offer(page, `${mark} Second`);
    await page.goto(`/ops/templates?search=${mark}`);
    await page.getByRole("checkbox", { name: `Select ${mark} First` }).check();
    await page.getByRole("checkbox", { name: `Select ${mark} Second` }).check();
    // Somebody else ends one of them meanwhile.
    const other = await page.context().newPage();
    await other.goto(first);
    await other.getByText("End for good…").click();
    await other.getByRole("button", { name: "End for good" }).click();
    await expect(other.getByText(/^Ended\. Nobody can claim it any more/)).toBeVisible();
    await other.close();

    await page.getByRole("button", { name: "Pause selected" }).click();
    await expect(page.getByText("Not affected")).toBeVisible();
    await page.getByRole("button", { name: "Pause it" }).click();
    await expect(page.getByText("Paused: 1.")).toBeVisible();
    await expect(page.getByRole("alert")).toContainText(`${mark} First`);
    await expect(page.getByRole("alert")).toContainText("Ended");
    await expect(page.getByRole("row").filter({ hasText: "Second" })).toContainText("Paused");
});

test("that somebody was faster is told where the focus is", async ({ page }) => {
    await signIntoConsole(page);
    const template = await offer(page, `Slow ${fresh()}`);
    await page.goto(template);
    const other = await page.context().newPage();
    await other.goto(template);
    await other.getByText("End for good…").click();
    await other.getByRole("button", { name: "End for good" }).click();
    await expect(other.getByText(/^Ended\. Nobody can claim it any more/)).toBeVisible();
    await other.close();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await expect(page.locator(":focus")).toContainText("was faster. It is now: Ended.");
});

test("pausing says how many coupons stay usable, before and after", async ({ page }) => {
    const name = `Counted ${fresh()}`;
    await signIntoConsole(page);
    const template = await offer(page, name);
    await signUp(page);
    await claim(page, name);
    await page.goto(template);
    await expect(page.getByText("Nobody can claim it until you resume. One coupon already claimed stays usable."))
        .toBeVisible();
    await page.getByRole("button", { name: "Pause" }).click();
    await expect(page.getByText(/^Paused\. .* One coupon already claimed stays usable\.$/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
});

test("a copy opens in its editor, and what differs is told in words", async ({ page }) => {
    await signIntoConsole(page);
    const name = `Original ${fresh()}`;
    const template = await offer(page, name);
    await copyAs(page, template, `${name} again`);
    await expect(page.locator("main").getByText("Draft", { exact: true }).first()).toBeVisible();

    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await field(page, "min_spend").fill("120");
    await field(page, "stock").fill("800");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const revisions = page.locator("#revisions");
    await expect(revisions.getByText("Minimum spend")).toBeVisible();
    const changes = revisions.locator("dd");
    await expect(changes.filter({ hasText: "¥120" })).toContainText("¥100");
    await expect(changes.filter({ hasText: "800" })).toContainText("50");
    await page.goto(`${page.url().replace(/[#?].*/, "")}?compare=1..3`);
    await expect(page.getByRole("heading", { name: "Revision 1 → 3" })).toBeVisible();
});

test("the list and a template pass axe with filters, ticks and a comparison @alive", async ({ page }) => {
    test.slow(); // axe, twice in both themes.
    await signIntoConsole(page);
    const template = await offer(page, `Axe ${fresh()} <b>عرض</b> ${"long ".repeat(20)}`);
    for (const path of ["/ops/templates?claims=open&sort=gone&search=axe", `${template}?compare=1..1`]) {
        await page.goto(path);
        await expectWithin(page);
        await test.step(path, () => expectAccessibleInBothThemes(page));
    }
});
