// One picture of every page, in the look of the project it runs in.
import { test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { pages } from "./pages";
import { CAST, STAGE, picture } from "./places";

/** What is taller is cut: the rest of a list looks like its beginning. */
const TALLEST = 2400;

for (const { name, path, stranger, whole, menu } of pages) {
    test.describe(name, () => {
        test.use({ storageState: stranger ? { cookies: [], origins: [] } : CAST });
        test("is looked at", async ({ page }, { project }) => {
            await page.goto(path(JSON.parse(readFileSync(STAGE, "utf8"))));
            await page.evaluate(() => document.fonts.ready);
            if ((await page.locator("leptos-island").count()) > 0) {
                await page.locator("html[data-awake]").waitFor();
            }
            const opener = page.locator('[popovertarget="side"]');
            if (menu && (await opener.isVisible())) {
                await opener.click();
                await page.screenshot({ path: picture(name, project.name) });
                return;
            }
            const { width, height } = await page.evaluate(() => ({
                width: document.documentElement.clientWidth,
                height: document.documentElement.scrollHeight,
            }));
            const clip = { x: 0, y: 0, width, height: whole ? height : Math.min(height, TALLEST) };
            await page.screenshot({ path: picture(name, project.name), fullPage: true, clip });
        });
    });
}
