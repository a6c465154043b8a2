// What one person may not decide alone: above ¥100,000 at risk, as `xtask/src/program.rs` sets it.
import type { Page } from "@playwright/test";
import { card, find, fresh, signIntoConsole } from "./cast";
import { expect, expectAccessibleInBothThemes, expectWithin, test } from "./page";

const field = (page: Page, name: string) => page.locator(`[name="draft[${name}]"]`);

const approving = (page: Page) => page.getByRole("button", { name: "Approve and publish" });

/** The next person sits down before the screen. */
const takeOver = async (page: Page, email: string) => {
    await page.context().clearCookies();
    await signIntoConsole(page, email);
};

/** An editor designs what can cost ¥120,000, and hands it in; answers its page. */
const handIn = async (page: Page, name: string) => {
    await signIntoConsole(page);
    await page.goto("/ops/templates/new");
    await field(page, "name").fill(name);
    await field(page, "amount").fill("20");
    await field(page, "min_spend").fill("100");
    await field(page, "stock").fill("6000");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(page.getByText("It can cost more than ¥100,000, so somebody else approves it")).toBeVisible();
    await page.getByRole("button", { name: "Hand in for approval" }).click();
    await expect(page.getByRole("status")).toContainText("Handed in. Somebody else approves it now.");
    return page.url().replace(/[#?].*/, "");
};

test("a second person approves, pauses and ends, and the trail tells who did what", async ({ page }) => {
    const name = `Weighty ${fresh()}`;
    const template = await handIn(page, name);
    await expect(page.getByText(/^You wrote it, so somebody else decides: .*Abo/)).toBeVisible();
    await expect(approving(page)).toHaveCount(0);
    await find(page, name);
    await expect(card(page, name)).toHaveCount(0);

    await takeOver(page, "approver@quan.example");
    await page.locator("main").getByRole("link", { name }).click();
    await expect(page.getByText("It can cost ¥120,000. Above ¥100,000 a second person decides.")).toBeVisible();
    await expect(page.getByText("You did not write it, so you may decide.")).toBeVisible();
    await approving(page).click();
    await expect(page.getByRole("status")).toContainText("Approved and published.");
    await find(page, name);
    await expect(card(page, name)).toBeVisible();

    await page.goto(template);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await expect(page.getByText(/^Paused\. Nobody can claim it for now\./)).toBeVisible();
    await find(page, name);
    await expect(card(page, name)).toHaveCount(0);
    await page.goto(template);
    await page.getByText("End for good…").click();
    await page.getByRole("button", { name: "End for good" }).click();
    await expect(page.getByText(/^Ended\. Nobody can claim it any more\./)).toBeVisible();

    await takeOver(page, "admin@quan.example");
    await page.goto("/ops/audit");
    await page.getByRole("searchbox", { name: "What: id, code or name" }).fill(name);
    await page.getByRole("button", { name: "Search" }).click();
    const deeds = page.locator("main").getByRole("listitem").filter({ hasText: name });
    await expect(deeds).toHaveCount(5);
    // The last one first.
    for (const [i, [who, did, before, after]] of [
        ["Abo", "ended", "Paused", "Ended"],
        ["Abo", "paused", "Live", "Paused"],
        ["Abo", "approved", "In review", "Live"],
        ["Edda", "handed in", "Draft", "In review"],
    ].entries()) {
        const deed = deeds.nth(i);
        await expect(deed).toContainText(who);
        await expect(deed.getByText(did, { exact: true }).first()).toBeVisible();
        await deed.getByText("What changed").first().click();
        const state = deed.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "state" }) });
        await expect(state.getByRole("cell")).toHaveText([before, after]);
    }
    await expect(deeds.last()).toContainText("Edda");
    await expect(deeds.last()).toContainText("created");
});

test("what waits for a second person passes axe before whoever may decide @alive", async ({ page }) => {
    test.slow(); // axe, twice in both themes.
    const template = await handIn(page, `Waiting ${fresh()}`);
    for (const email of ["editor@quan.example", "approver@quan.example"]) {
        await takeOver(page, email);
        await page.goto(template);
        await expectWithin(page);
        await test.step(email, () => expectAccessibleInBothThemes(page));
    }
});
