// Takes pictures of every page, to be looked at: `cargo xtask pictures`.
import { defineConfig } from "@playwright/test";
import { chromium, desktop, phone } from "./browsers";

const screens = { phone: { ...phone, deviceScaleFactor: 1 }, desktop };
const themes = ["light", "dark"] as const;
const languages = { en: "en-GB", zh: "zh-CN" };

const looks = Object.entries(screens).flatMap(([screen, size]) =>
    themes.flatMap((theme) =>
        Object.entries(languages).map(([language, locale]) => ({
            name: `${screen} ${theme} ${language}`,
            testMatch: /look\.ts/,
            dependencies: ["stage"],
            use: { ...size, colorScheme: theme, locale },
        })),
    ),
);

// No picture depends on what axe finds.
const readers = Object.entries(screens).map(([screen, size]) => ({
    name: `axe on a ${screen}`,
    testMatch: /axe\.ts/,
    dependencies: ["stage"],
    use: size,
}));

export default defineConfig({
    testDir: "pictures",
    workers: 2,
    reporter: [["list"]],
    timeout: 120_000,
    use: { ...chromium, baseURL: process.env.BASE_URL, timezoneId: "Asia/Shanghai", locale: "en-GB" },
    projects: [
        { name: "stage", testMatch: /stage\.ts/, use: desktop },
        ...looks,
        ...readers,
        { name: "sheets", testMatch: /sheets\.ts/, dependencies: looks.map(({ name }) => name), use: desktop },
    ],
});
