// What operators would find in their console on some working day, where the stage alone leaves it empty.
import { expect, type Page } from "@playwright/test";
import { offer, send, sketch } from "../tests/cast";
import type { Stage } from "../tests/stage";
import { ago } from "./places";

export type Console = Stage & {
    /** A template that has seen much. */
    known: string;
    /** A draft that was planned from it. */
    planned: string;
    /** Some templates, as an address ticks them. */
    many: string;
    /** A grant that gives right now. */
    running: string;
};

const addKey = async (page: Page) => {
    await page.goto("/ops/keys");
    await page.getByLabel("Name").fill("Tills of the market hall");
    for (const box of await page.locator('[name="scopes[]"]').all()) await box.check();
    await page.getByRole("button", { name: "Make a key", exact: true }).click();
    return (await page.locator("#made-key").textContent())!.trim();
};

/** An order system's calls; answers whatever came of one, and its status. */
const partner = (page: Page, key: string) => async (path: string, data?: object | string) => {
    const headers = {
        authorization: `Bearer ${key}`,
        "idempotency-key": Math.random().toString(36),
        ...(typeof data === "string" && { "content-type": "text/csv" }),
    };
    const method = data === undefined ? "GET" : "POST";
    const answer = await page.request.fetch(`/api/v1${path}`, { method, headers, data, timeout: 120_000 });
    return { status: answer.status(), ...(await answer.json()) };
};
type Call = ReturnType<typeof partner>;

/** Two orders want one coupon; the one that let go of it is paid all the same. */
const payTooLate = async (page: Page, key: string, call: Call, template: string) => {
    const { code } = await call("/claims", { shopper: "guest-8", template });
    const cart = { lines: [{ id: "1", product: "vegetable-gift-box", unit_price: "50.00", quantity: 4 }] };
    const lock = (order: string) => call("/locks", { order, shopper: "guest-8", cart, coupons: [code] });
    const first = await lock("late-1");
    expect(first.status, JSON.stringify(first)).toBe(201);
    await page.request.delete(`/api/v1/locks/${first.id}`, { headers: { authorization: `Bearer ${key}` } });
    await lock("late-2");
    // More than one order is refused what another has.
    for (const order of ["late-3", "late-4", "late-5"]) await lock(order);
    const paid = await call(`/locks/${first.id}/redemption`, { payment: "late-1" });
    expect(paid.outcome, JSON.stringify(paid)).toBe("exception");
};

const fillLists = async (page: Page, call: Call, template: string) => {
    const entry = (list: string, kind: string, thing: string, reason: string) =>
        send(page, "risk/add-entry", Object.entries({ list, kind, thing, reason }));
    await entry("deny", "shopper", "guest-9", "Sold coupons on");
    await entry("deny", "network", "203.0.113.0/24", "Robots");
    await entry("allow", "network", "192.0.2.0/24", "Tablets in our shops");
    for (const shopper of ["guest-9", "guest-9", "guest-9"]) await call("/claims", { shopper, template });
    await expect(async () => {
        await page.goto("/ops/risk");
        await expect(page.getByText("guest-9").first()).toBeVisible({ timeout: 500 });
    }).toPass();
};

/**
 * One that has begun, and is stopped before it is done: pictures take longer than it. There are few to give,
 * or a day of thousands would flatten every curve.
 */
const startGrant = async (page: Page, call: Call) => {
    const template = (await offer(page, "谢谢惠顾 Thanks to everybody", { stock: "60" })).split("/").pop();
    const list = ["shopper", ...Array.from({ length: 100_000 }, (_, n) => `thanked-${n}`)].join("\n");
    const { id } = await call(`/grants?template=${template}`, list);
    let state = "checking";
    await expect(async () => {
        const grant = await call(`/grants/${id}`);
        state = grant.state;
        expect(state !== "checking" && grant.given > 0).toBe(true);
    }).toPass({ intervals: [50], timeout: 300_000 });
    if (state === "running") await send(page, "grants/act", [["id", id], ["action", "pause"]]);
    return id as string;
};

/** Rules so strict that what has happened is too much. */
const alarm = async (page: Page) => {
    for (const rule of ["delivery_failures", "coupon_tried"]) {
        const fields = { rule, threshold: "1", window_minutes: "1440", state: "on" };
        await send(page, "alerts/set-rule", Object.entries(fields));
    }
    await expect(async () => {
        await page.goto("/ops/health");
        await expect(page.getByText("Alarming now")).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 60_000 });
};

const templatesOf = async (page: Page, path: string) => {
    await page.goto(path);
    const links = page.locator('main a[href^="/ops/templates/"]');
    const hrefs = await links.evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
    const ids = hrefs.map((href) => /\/([0-9a-f-]{36})$/.exec(href)?.[1]).filter((id) => id !== undefined);
    return [...new Set(ids)];
};

/** Fills the console of an admin who is signed in. */
export const fillConsole = async (page: Page, stage: Stage): Promise<Console> => {
    const template = stage.template.split("/").pop()!;
    const key = await addKey(page);
    const call = partner(page, key);
    await payTooLate(page, key, call, template);
    await fillLists(page, call, template);
    const file = ["shopper", ...Array.from({ length: 40 }, (_, n) => `regular-${n}`)].join("\n");
    await send(page, "segments/change", Object.entries({ segment: "regulars", action: "add", file, confirm: "on" }));
    const [known] = await templatesOf(page, "/ops/templates?state=live&sort=issued");
    // A year after days that it has seen.
    const planned = await sketch(page, "明年再来 The same again", {
        reference: known,
        reference_by: "date",
        claim_from: ago(-7),
        claim_until: ago(-28),
    });
    const ids = await templatesOf(page, "/ops/templates?state=live");
    const many = ids.slice(0, 5).map((id) => `ids[]=${id}`).join("&");
    const running = await startGrant(page, call);
    await alarm(page);
    return { ...stage, known, planned, many, running };
};
