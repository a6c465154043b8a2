// What Lighthouse says of the pages most go by, on a phone with a slow line. Accessibility and best practices
// must reach their mark; speed is printed, for it is this machine's as well. What the shop's pages weigh
// must stay within its limit.
import { chromium } from "@playwright/test";
import lighthouse from "lighthouse";
import { createServer } from "node:net";

import { launchOptions } from "./launch.mjs";

const BASE = process.env.BASE_URL ?? "http://127.0.0.1:3000";
const PASSWORD = "quan-demo-2026";
const MARK = { accessibility: 0.95, "best-practices": 0.95 };
/** The most that a phone may download for a page of the shop, with all it loads, compressed. */
const LIMIT = 120_000;
const WEIGHED = ["/", "/wallet", "/basket"];
const STRANGERS = ["/", "/sign-in"];
const SIGNED_IN = ["/", "/wallet", "/basket", "/ops", "/ops/templates", "/ops/templates/new"];

const freePort = () =>
    new Promise((resolve) => {
        const server = createServer().listen(0, () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });

const port = await freePort();
// Lighthouse opens pages of its own in the same browser; they share its cookies.
const browser = await chromium.launchPersistentContext("", {
    ...launchOptions,
    args: [`--remote-debugging-port=${port}`, ...launchOptions.args],
});

/** One session may hold a shopper and an operator. */
const signIn = async (door, field, name) => {
    const page = await browser.newPage();
    await page.goto(`${BASE}${door}`);
    await page.locator(`main #${field}`).fill(name);
    await page.locator("main #password").fill(PASSWORD);
    await page.locator("main #password").press("Enter");
    await page.waitForURL((url) => url.pathname !== door);
    await page.close();
};

const load = async (path) => {
    const { lhr } = await lighthouse(`${BASE}${path}`, {
        port,
        output: "json",
        logLevel: "error",
        disableStorageReset: true,
        onlyCategories: ["performance", "accessibility", "best-practices"],
    });
    return lhr;
};

let isWell = true;
const examine = async (path, who) => {
    let lhr = await load(path);
    // A browser that is starved of time paints too late to be measured at all.
    for (let again = 0; again < 2 && lhr.categories.performance.score === null; again += 1) lhr = await load(path);
    const scores = Object.values(lhr.categories).map(({ id, score }) => [id, score ?? 0]);
    const figures = scores.map(([id, score]) => `${id} ${Math.round(score * 100)}`).join(", ");
    console.log(`lighthouse: ${path} ${who}: ${figures}`);
    const isHere = new URL(lhr.finalDisplayedUrl).pathname === path;
    isWell &&= isHere && scores.every(([id, score]) => score >= (MARK[id] ?? 0));
    for (const { id, title, score, scoreDisplayMode } of Object.values(lhr.audits)) {
        if (score !== null && score < 0.9 && scoreDisplayMode !== "informative") console.log(`    ${id}: ${title}`);
    }
};

/** Weighs a page in a browser that has seen none yet. */
const weigh = async (path, elsewhere, storageState) => {
    const context = await elsewhere.newContext({ storageState });
    const page = await context.newPage();
    // What a service worker puts by for later is no part of the page.
    await page.addInitScript(() => delete Navigator.prototype.serviceWorker);
    const asked = [];
    page.on("request", (request) => asked.push(request));
    await page.goto(`${BASE}${path}`);
    if ((await page.locator("leptos-island").count()) > 0) await page.locator("html[data-awake]").waitFor();
    // A browser without a window does without the icon.
    await page.evaluate(() => fetch(document.querySelector("link[rel=icon]").href));
    const sizes = await Promise.all(asked.map((request) => request.sizes()));
    const bytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    console.log(`lighthouse: ${path} weighs ${bytes} bytes with all it loads; it may weigh ${LIMIT}`);
    isWell &&= new URL(page.url()).pathname === path && bytes <= LIMIT;
    await context.close();
};

const weighAll = async () => {
    const elsewhere = await chromium.launch(launchOptions);
    const storageState = await browser.storageState();
    for (const path of WEIGHED) await weigh(path, elsewhere, storageState);
    await elsewhere.close();
};

for (const path of STRANGERS) await examine(path, "to a stranger");
await signIn("/sign-in", "login", "lin@quan.example");
await signIn("/ops/sign-in", "email", "admin@quan.example");
for (const path of SIGNED_IN) await examine(path, "signed in");
await weighAll();
await browser.close();
process.exit(isWell ? 0 : 1);
