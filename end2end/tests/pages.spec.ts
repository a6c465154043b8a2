// Every page there is, in both themes: axe finds nothing, and nothing sticks out sideways. The
// browser itself notes the pages for nothing, so this cannot be quiet.
import { test } from "@playwright/test";
import { expectAccessibleInBothThemes, expectWithin } from "./page";
import { pages, setStage } from "./stage";

test("every page passes axe in both themes @alive", async ({ page, browser, baseURL }) => {
    test.setTimeout(600_000); // All of them, on however slow a machine.
    const stage = await setStage(page);
    const { viewport, isMobile, hasTouch } = test.info().project.use;
    const context = await browser.newContext({ baseURL, viewport, isMobile, hasTouch });
    const stranger = await context.newPage();
    for (const { name, path, stranger: isStranger } of pages) {
        await test.step(name, async () => {
            const shown = isStranger ? stranger : page;
            await shown.goto(path(stage));
            await expectWithin(shown);
            await expectAccessibleInBothThemes(shown);
        });
    }
    await context.close();
});
