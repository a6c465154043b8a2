// Every page, and what must have happened for each of them to have something to show. Axe and the
// pictures go by this list.
import { expect, type Page } from "@playwright/test";
import { claim, fresh, offer, put, signIntoConsole, signUp } from "./cast";

/** What was made for the pages to show. */
export type Stage = {
    template: string;
    coupon: string;
    waiting: string;
    paid: string;
    operator: string;
    webhook: string;
    grant: string;
    link: string;
};

export type PageOfSite = {
    name: string;
    path: (stage: Stage) => string;
    /** Looked at by somebody who is not signed in; otherwise by one who is, to both halves. */
    stranger?: true;
};

export const shop: PageOfSite[] = [
    { name: "center", path: () => "/" },
    { name: "center, signed out", path: () => "/", stranger: true },
    { name: "center, by a channel", path: () => "/c/wechat" },
    { name: "center, by a template's link", path: ({ link }) => link },
    { name: "center, nothing found", path: () => "/?search=nothing+of+that+name" },
    { name: "wallet", path: () => "/wallet" },
    { name: "wallet, used", path: () => "/wallet?show=used" },
    { name: "coupon", path: ({ coupon }) => coupon },
    { name: "coupon, covers", path: ({ coupon }) => `${coupon}/covers` },
    { name: "basket", path: () => "/basket" },
    { name: "orders", path: () => "/orders" },
    { name: "order, waiting", path: ({ waiting }) => waiting },
    { name: "order, paid", path: ({ paid }) => paid },
    { name: "account", path: () => "/account" },
    { name: "sign in", path: () => "/sign-in", stranger: true },
    { name: "sign up", path: () => "/sign-up", stranger: true },
    { name: "hand-off, refused", path: () => "/sign-in/hand-off", stranger: true },
    { name: "not found", path: () => "/no/such/page", stranger: true },
    { name: "offline", path: () => "/offline" },
    { name: "documents of the API", path: () => "/api/docs", stranger: true },
];

/** What is about to be done to many templates, of which one is ticked. */
const many = (action: string) => ({ template }: Stage) =>
    `/ops/templates/many?action=${action}&ids[]=${template.split("/").pop()}`;

export const ops: PageOfSite[] = [
    { name: "ops, sign in", path: () => "/ops/sign-in", stranger: true },
    { name: "ops, overview", path: () => "/ops" },
    { name: "ops, templates", path: () => "/ops/templates" },
    { name: "ops, nothing found", path: () => "/ops/templates?search=nothing+of+that+name" },
    { name: "ops, emergency stop", path: () => "/ops/templates/many?action=stop" },
    { name: "ops, pause one of many", path: many("pause") },
    { name: "ops, resume one of many", path: many("resume") },
    { name: "ops, end one of many", path: many("end") },
    { name: "ops, new template", path: () => "/ops/templates/new" },
    { name: "ops, template", path: ({ template }) => `${template}?compare=1..2` },
    { name: "ops, edit template", path: ({ template }) => `${template}/edit` },
    { name: "ops, forecast", path: () => "/ops/forecast" },
    { name: "ops, funnel", path: () => "/ops/funnel" },
    { name: "ops, funnel of a template", path: ({ template }) => `/ops/funnel?template=${template.split("/").pop()}&step=hour&basis=claim` },
    { name: "ops, coupons of a stage", path: ({ template }) => `/ops/funnel/claim?template=${template.split("/").pop()}` },
    { name: "ops, stage of a channel", path: () => "/ops/funnel/claim?channel=wechat" },
    { name: "ops, channels", path: () => "/ops/channels" },
    { name: "ops, grants", path: ({ template }) => `/ops/grants?template=${template.split("/").pop()}` },
    { name: "ops, grant", path: ({ grant }) => grant },
    { name: "ops, coupons", path: () => "/ops/coupons?search=mei@quan.example" },
    { name: "ops, coupon", path: ({ coupon }) => coupon.replace("/wallet/", "/ops/coupons/") },
    { name: "ops, exceptions", path: () => "/ops/exceptions" },
    { name: "ops, risk", path: () => "/ops/risk" },
    { name: "ops, risk, rules", path: () => "/ops/risk?show=rules" },
    { name: "ops, risk, lists", path: () => "/ops/risk?show=lists" },
    { name: "ops, risk, on hold", path: () => "/ops/risk?show=held" },
    { name: "ops, health", path: () => "/ops/health" },
    { name: "ops, keys", path: () => "/ops/keys" },
    { name: "ops, operators", path: () => "/ops/operators" },
    { name: "ops, new operator", path: () => "/ops/operators/new" },
    { name: "ops, operator", path: ({ operator }) => operator },
    { name: "ops, webhooks", path: () => "/ops/webhooks" },
    { name: "ops, webhook", path: ({ webhook }) => webhook },
    { name: "ops, segments", path: () => "/ops/segments" },
    { name: "ops, catalogue", path: () => "/ops/catalogue" },
    { name: "ops, audit trail", path: () => "/ops/audit" },
    { name: "ops, not found", path: () => "/ops/no/such/page" },
];

export const pages = [...shop, ...ops];

/** An endpoint where nobody listens, with a delivery that says so. */
const addWebhook = async (page: Page): Promise<string> => {
    await page.goto("/ops/webhooks");
    await page.locator('[name="url"]').fill("http://127.0.0.1:9/coupons");
    await page.locator('[name="topics[]"][value="template.rejected"]').check();
    await page.getByRole("button", { name: "Add the endpoint", exact: true }).click();
    await expect(page.getByText("whsec_")).toBeVisible();
    await page.getByRole("button", { name: "Send a test", exact: true }).click();
    await expect(page.getByText("Webhook test").first()).toBeVisible();
    return new URL(page.url()).pathname;
};

/** A list that was checked, with entries that are none, and waits to be started. */
const askForGrant = async (page: Page, template: string): Promise<string> => {
    await page.goto(`/ops/grants?template=${template.split("/").pop()}`);
    await page.locator('[name="shoppers"]').fill("guest-1\nguest-2\nguest-1\n" + "x".repeat(65));
    await page.locator('[name="note"]').fill("An apology for the late delivery");
    await page.getByRole("button", { name: "Check the list", exact: true }).click();
    await expect(page.getByText("Ready to start")).toBeVisible();
    return new URL(page.url()).pathname;
};

/** The link that alone leads to a template of its own. */
const offerByLink = async (page: Page): Promise<string> => {
    await page.goto(await offer(page, `凭链接领取 By its link ${fresh()}`, { visibility: "link" }));
    const link = await page.locator('main a[href*="/t/"]').getAttribute("href");
    return new URL(link!).pathname;
};

/** Signs a page into both halves, with coupons, a basket, an order that waits and one paid. */
export const setStage = async (page: Page): Promise<Stage> => {
    const name = `Produce ${fresh()}`;
    await signIntoConsole(page, "admin@quan.example");
    const template = await offer(page, `蔬果满百减二十 ${name}`, { per_shopper: "3" });
    await page.goto(`${template}/edit`);
    await page.locator('[name="draft[stock]"]').fill("80");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page).not.toHaveURL(/edit/);
    const webhook = await addWebhook(page);
    const grant = await askForGrant(page, template);
    const link = await offerByLink(page);
    await signUp(page);
    for (const _ of [1, 2, 3]) await claim(page, name);
    const order = async () => {
        await put(page, "vegetable-gift-box", 4);
        await page.getByRole("button", { name: "Order", exact: true }).click();
        await expect(page.getByText("Waiting for payment")).toBeVisible();
        return new URL(page.url()).pathname;
    };
    const paid = await order();
    await page.getByRole("button", { name: /^Pay/ }).click();
    await expect(page.getByText("Paid", { exact: true }).first()).toBeVisible();
    const waiting = await order();
    await put(page, "vegetable-gift-box", 3);
    await page.goto("/wallet");
    const coupon = await page.getByRole("article").getByRole("link", { name: "Details" }).getAttribute("href");
    await page.goto("/ops/operators");
    const operator = await page.locator("main").getByRole("link", { name: /Vito/ }).getAttribute("href");
    return {
        template: new URL(template).pathname,
        coupon: coupon!.replace(/[?#].*/, ""),
        waiting,
        paid,
        operator: operator!,
        webhook,
        grant,
        link,
    };
};
