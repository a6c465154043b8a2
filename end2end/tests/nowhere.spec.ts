// The page for nothing. The browser itself notes the 404, so this cannot be quiet.
import { expect, test } from "@playwright/test";

test("an unknown path has a page of its own, which loads no program", async ({ page }) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const answer = await page.goto("/no/such/page");
    expect(answer!.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect(asked.filter((url) => /\.(js|wasm)$/.test(url))).toEqual([]);
});
