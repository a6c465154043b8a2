// Runs against the server at BASE_URL; `cargo xtask test` starts one on a fresh store.
import { defineConfig, type PlaywrightTestProject } from "@playwright/test";
import { chromium, desktop, phone } from "./browsers";

// A test tagged @alive needs JavaScript, one tagged @plain must run without; others run both ways.
// One tagged @touch is about thumbs, which a desktop has no use for.
const project = (name: string, screen: object, alive: boolean): PlaywrightTestProject => ({
    name,
    testIgnore: /clock|crowd/,
    use: { ...chromium, ...screen, javaScriptEnabled: alive },
    grepInvert: [alive ? /@plain/ : /@alive/, ...(screen === desktop ? [/@touch/] : [])],
});

// The walk itself is walked by Chinese readers too, but for what a test reads in English.
const inChinese = (project: PlaywrightTestProject): PlaywrightTestProject => ({
    ...project,
    name: `${project.name} in Chinese`,
    testIgnore: undefined,
    testMatch: /walk/,
    use: { ...project.use, locale: "zh-CN" },
    grepInvert: [...(project.grepInvert as RegExp[]), /@english/],
});

const readers = [
    project("phone", phone, true),
    project("desktop", desktop, true),
    project("phone without JavaScript", phone, false),
    project("desktop without JavaScript", desktop, false),
];
const walks = [...readers, ...readers.map(inChinese)];

const alone = (name: string, dependencies: string[]): PlaywrightTestProject => ({
    name,
    testMatch: new RegExp(name),
    dependencies,
    use: { ...chromium, ...phone },
});

export default defineConfig({
    testDir: "tests",
    forbidOnly: !!process.env.CI,
    retries: 0,
    // A machine of two cores that does all at once takes its time.
    timeout: 120_000,
    expect: { timeout: 15_000 },
    workers: 2,
    reporter: [["list"], ["html", { open: "never" }]],
    use: {
        baseURL: process.env.BASE_URL ?? "http://127.0.0.1:3000",
        locale: "en-GB",
        timezoneId: "Asia/Shanghai",
        trace: "retain-on-failure",
        screenshot: "only-on-failure",
    },
    projects: [
        ...walks,
        // A released server has no clock to set: `CLOCK=0` leaves these out.
        ...(process.env.CLOCK === "0" ? [] : [
            // Moving the clock disturbs the others, and so does a crowd: one by one, and last.
            alone("clock", walks.map(({ name }) => name!)),
            alone("crowd", ["clock"]),
        ]),
    ],
});
