import { test } from "@playwright/test";
import { writeFileSync } from "node:fs";
import { setStage } from "../tests/stage";
import { CAST, STAGE } from "./places";

test("the stage is set", async ({ page }) => {
    writeFileSync(STAGE, JSON.stringify(await setStage(page)));
    await page.context().storageState({ path: CAST });
});
