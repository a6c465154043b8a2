// `test` as every walk wants it: what the browser complains about fails the test, and so does a
// request that leaves the server under test.
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";

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

/** Waits until the islands of a page answer; without JavaScript there is nothing to wait for. */
export const awake = async (page: Page) => {
    await expect(page.locator("html[data-awake]")).toHaveCount(1);
};

/** No violation that axe can find. */
export const expectAccessible = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
};

export { expect };
