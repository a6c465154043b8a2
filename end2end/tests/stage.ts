// Every page, and what must have happened for each of them to have something to show. Axe, the
// pictures and Lighthouse all go by this list.
import { expect, type Page } from "@playwright/test";
import { card, fresh, publish, put, signIntoConsole, signUp } from "./cast";

/** What was made for the pages to show. */
export type Stage = { template: string; coupon: string; waiting: string; paid: string };

export type PageOfSite = {
    name: string;
    path: (stage: Stage) => string;
    /** Looked at by somebody who is not signed in; otherwise by one who is, to both halves. */
    stranger?: true;
};

const shop: PageOfSite[] = [
    { name: "center", path: () => "/" },
    { name: "center, signed out", path: () => "/", stranger: true },
    { name: "wallet", path: () => "/wallet" },
    { name: "coupon", path: ({ coupon }) => coupon },
    { name: "basket", path: () => "/basket" },
    { name: "order, waiting", path: ({ waiting }) => waiting },
    { name: "order, paid", path: ({ paid }) => paid },
    { name: "sign in", path: () => "/sign-in", stranger: true },
    { name: "sign up", path: () => "/sign-up", stranger: true },
    { name: "not found", path: () => "/no/such/page", stranger: true },
];

const ops: PageOfSite[] = [
    { name: "ops, sign in", path: () => "/ops/sign-in", stranger: true },
    { name: "ops, overview", path: () => "/ops" },
    { name: "ops, templates", path: () => "/ops/templates" },
    { name: "ops, new template", path: () => "/ops/templates/new" },
    { name: "ops, template", path: ({ template }) => template },
    { name: "ops, edit template", path: ({ template }) => `${template}/edit` },
    { name: "ops, not found", path: () => "/ops/no/such/page" },
];

export const pages = [...shop, ...ops];

/** Signs a page into both halves, with a coupon, a basket, an order that waits and one paid. */
export const setStage = async (page: Page): Promise<Stage> => {
    const name = `Produce ${fresh()}`;
    await signIntoConsole(page, "admin@quan.example");
    const template = await publish(page, `蔬果满百减二十 ${name}`, async (page) => {
        await page.locator('[name="draft[per_shopper]"]').fill("3");
    });
    await signUp(page);
    for (const _ of [1, 2, 3]) {
        await page.goto("/");
        await card(page, name).getByRole("button", { name: /Claim/ }).click();
        await expect(card(page, name).getByRole("status")).toContainText("Claimed");
    }
    const order = async () => {
        await put(page, "vegetable-gift-box", 4);
        await page.getByRole("button", { name: "Order", exact: true }).click();
        await expect(page.getByText("Waiting for payment")).toBeVisible();
        return new URL(page.url()).pathname;
    };
    const paid = await order();
    await page.getByRole("button", { name: /Pay/ }).click();
    await expect(page.getByText("Paid", { exact: true }).first()).toBeVisible();
    const waiting = await order();
    await put(page, "vegetable-gift-box", 3);
    await page.goto("/wallet");
    const coupon = await page.locator('main a[href^="/wallet"]').first().getAttribute("href");
    return { template: new URL(template).pathname, coupon: coupon!, waiting, paid };
};
