// Every page there is, in both themes: axe finds nothing, and nothing sticks out sideways. The
// browser itself notes the pages for nothing, so this cannot be quiet.
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expectAccessibleInBothThemes, expectWithin } from "./page";
import { pages, setStage, type Stage } from "./stage";

/** What a stage makes, under the routes that lead there. */
const NOTHING: Stage = {
    template: "/ops/templates/:id",
    coupon: "/wallet/:code",
    waiting: "/orders/:order",
    paid: "/orders/:order",
    operator: "/ops/operators/:id",
    webhook: "/ops/webhooks/:id",
    grant: "/ops/grants/:id",
    link: "/t/:token",
};

test("the list of pages leaves no route out", () => {
    const source = readFileSync(join(__dirname, "../../app/src/routes.rs"), "utf8");
    const routes = [...source.matchAll(/path!\("([^"]+)"\)/g)].map(([, route]) => route);
    expect(routes.length).toBeGreaterThan(30);
    const leadsTo = (route: string, path: string) =>
        new RegExp(`^${route.replaceAll(/:\w+/g, "[^/]+")}$`).test(path);
    // What is there by its name is no other's part.
    const routeOf = (path: string) => routes.find((it) => it === path) ?? routes.find((it) => leadsTo(it, path));
    const shown = new Set(pages.map(({ path }) => routeOf(path(NOTHING).replace(/\?.*/, ""))));
    expect(routes.filter((route) => !shown.has(route))).toEqual([]);
});

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
