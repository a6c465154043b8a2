import { test } from "@playwright/test";
import { writeFileSync } from "node:fs";
import { setStage } from "../tests/stage";
import { fillConsole } from "./console";
import { CAST, STAGE } from "./places";

test("the stage is set", async ({ page }) => {
    test.setTimeout(600_000); // Lists are long.
    const stage = await setStage(page);
    const set = process.env.HALF === "shop" ? stage : await fillConsole(page, stage);
    writeFileSync(STAGE, JSON.stringify(set));
    await page.context().storageState({ path: CAST });
});
