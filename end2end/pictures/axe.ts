// Axe goes through every page that pictures are taken of: nowhere else does it see a console with a year
// behind it.
import { test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { expectAccessibleInBothThemes } from "../tests/page";
import { pages } from "./pages";
import { CAST, STAGE } from "./places";

for (const { name, path, stranger } of pages) {
    test.describe(name, () => {
        test.use({ storageState: stranger ? { cookies: [], origins: [] } : CAST });
        test("passes axe in both themes", async ({ page }) => {
            await page.goto(path(JSON.parse(readFileSync(STAGE, "utf8"))));
            await expectAccessibleInBothThemes(page);
        });
    });
}
