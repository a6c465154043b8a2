// `test` as every walk wants it: what the browser complains about fails the test, and so does a
// request that leaves the server under test.
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
import { saying, type Say } from "./say";

export const test = base.extend<{ quiet: void }>({
    quiet: [
        async ({ page, baseURL }, use) => {
            const complaints: string[] = [];
            page.on("console", (message) => {
                if (["error", "warning"].includes(message.type())) complaints.push(message.text());
            });
            page.on("pageerror", (error) => complaints.push(String(error)));
            page.on("request", (request) => {
                const url = request.url();
                if (!url.startsWith(baseURL!) && !url.startsWith("data:")) complaints.push(`asked ${url}`);
            });
            await use();
            expect(complaints).toEqual([]);
        },
        { auto: true },
    ],
});

/** A test that readers of each language walk, by what the site says to them. */
export const inEachLanguage = (title: string, walk: (page: Page, say: Say) => Promise<void>) => {
    for (const locale of ["en", "zh-CN"]) {
        test.describe(locale, () => {
            test.use({ locale });
            test(title, ({ page }) => walk(page, saying(locale)));
        });
    }
};

/** Waits until the islands of a page answer; without JavaScript there is nothing to wait for. */
export const awake = async (page: Page) => {
    await expect(page.locator("html[data-awake]")).toHaveCount(1);
};

/** What a theme decides; all else is the same in each. */
const OF_COLOUR = ["color-contrast", "link-in-text-block"];

/** Nothing moves any more: halfway from one colour to the next, no contrast is right. */
const still = async (page: Page) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
};

const expectNothingFrom = async (axe: AxeBuilder) => {
    const { violations } = await axe.analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
};

// No page of ours holds a frame, so that axe need not be spread over several pages; and to describe
// everything that is well takes it longer than to find what is not.
const axe = (page: Page) => new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });

/** No violation that axe can find. Its timers never fire on a page without JavaScript: `@alive`. */
export const expectAccessible = async (page: Page) => {
    await still(page);
    await expectNothingFrom(axe(page));
};

/** The same in the light, and what becomes of the colours in the dark. */
export const expectAccessibleInBothThemes = async (page: Page) => {
    await page.emulateMedia({ colorScheme: "light" });
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await still(page);
    await expectNothingFrom(axe(page).withRules(OF_COLOUR));
    await page.emulateMedia({ colorScheme: "light" });
};

/** Nothing sticks out sideways. */
export const expectWithin = async (page: Page) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, "nothing sticks out sideways").toBeLessThanOrEqual(0);
};

export { expect };
