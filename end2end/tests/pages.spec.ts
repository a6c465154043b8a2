// Every page there is, in both themes: axe finds nothing, and nothing sticks out sideways. The
// browser itself notes the pages for nothing, so this cannot be quiet.
import { test } from "@playwright/test";
import { expect, expectAccessible } from "./page";
import { pages, setStage } from "./stage";

test("every page passes axe in both themes @alive", async ({ page, browser, baseURL }) => {
    test.setTimeout(300_000);
    const stage = await setStage(page);
    const { viewport } = test.info().project.use;
    const context = await browser.newContext({ baseURL, viewport });
    const stranger = await context.newPage();
    for (const { name, path, stranger: isStranger } of pages) {
        await test.step(name, async () => {
            const shown = isStranger ? stranger : page;
            await shown.goto(path(stage));
            const wide = await shown.evaluate(() => {
                const { scrollWidth, clientWidth } = document.documentElement;
                return scrollWidth - clientWidth;
            });
            expect(wide, "nothing sticks out sideways").toBeLessThanOrEqual(0);
            for (const colorScheme of ["light", "dark"] as const) {
                await shown.emulateMedia({ colorScheme });
                await expectAccessible(shown);
            }
        });
    }
    await context.close();
});
