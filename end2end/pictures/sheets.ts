// One sheet a page: all its looks side by side.
import { test } from "@playwright/test";
import { existsSync, readFileSync } from "node:fs";
import { pages } from "./pages";
import { picture } from "./places";

const looks = ["phone", "desktop"].flatMap((screen) =>
    ["light", "dark"].flatMap((theme) => ["en", "zh"].map((language) => `${screen} ${theme} ${language}`)),
);

for (const { name } of pages) {
    test(`a sheet of ${name}`, async ({ page }) => {
        const taken = looks.map((look) => picture(name, look)).filter(existsSync);
        const image = (file: string) => {
            const width = file.includes(".phone-") ? 300 : 640;
            const data = readFileSync(file).toString("base64");
            return `<img width="${width}" src="data:image/png;base64,${data}">`;
        };
        await page.setViewportSize({ width: 4000, height: 800 });
        await page.setContent(`<body style="margin:8px;background:#888;display:flex;align-items:flex-start;gap:8px">
            ${taken.map(image).join("")}</body>`);
        await page.screenshot({ path: picture(name, "sheet"), fullPage: true });
    });
}
