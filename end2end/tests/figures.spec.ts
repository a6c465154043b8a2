// Figures in the console: what a picture shows is read off it.
import { signIntoConsole } from "./cast";
import { awake, expect, test } from "./page";

test("a day of the funnel's picture is read off by pointing and by keys @alive", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/funnel");
    await awake(page);
    const slider = page.getByRole("slider");
    const rows = page.locator("#series tbody tr");
    const figures = page.getByRole("status").filter({ hasText: "¥" });
    const day = async (nth: number) => (await rows.nth(nth).locator("th").textContent())!.trim();
    const last = (await rows.count()) - 1;
    await slider.focus();
    await expect(slider).toHaveAttribute("aria-valuetext", await day(last));
    await page.keyboard.press("ArrowLeft");
    await expect(slider).toHaveAttribute("aria-valuetext", await day(last - 1));
    await page.keyboard.press("Home");
    await expect(slider).toHaveAttribute("aria-valuenow", "1");
    await expect(slider).toHaveAttribute("aria-valuetext", await day(0));
    for (const cell of await rows.first().locator("td").allTextContents()) {
        await expect(figures).toContainText(cell.trim());
    }
    const { width, height } = (await slider.boundingBox())!;
    await slider.hover({ position: { x: width - 2, y: height / 2 } });
    await expect(slider).toHaveAttribute("aria-valuetext", await day(last));
});

test("without JavaScript each day of the picture still has its title @plain", async ({ page }) => {
    await signIntoConsole(page);
    await page.goto("/ops/funnel");
    await expect(page.getByRole("slider")).toHaveCount(0);
    await expect(page.locator("svg title")).toHaveCount(await page.locator("#series tbody tr").count());
});
