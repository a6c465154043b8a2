// What pictures are taken of: the list of all pages, and states of them that only pictures show.
import { ops, shop, type PageOfSite } from "../tests/stage";
import type { Console } from "./console";
import { ago } from "./places";

export type Shown = PageOfSite & {
    /** However tall it is. */
    whole?: true;
    /** With the menu of a phone open. */
    menu?: true;
};

const YEAR = `first=${ago(364)}`;

/** What was filled in for the console's pages beside the stage. */
const made = (path: (made: Console) => string): PageOfSite["path"] => (stage) => path(stage as Console);

/** Forms and reports whose lower half is unlike the upper. */
const WHOLE = ["ops, new template", "ops, edit template", "ops, template", "ops, funnel", "ops, channels", "ops, health"];

const more: Shown[] = [
    { name: "ops, menu", path: () => "/ops", menu: true },
    { name: "ops, funnel by day of a year", path: () => `/ops/funnel?${YEAR}`, whole: true },
    { name: "ops, funnel by hour", path: () => `/ops/funnel?first=${ago(2)}&step=hour`, whole: true },
    { name: "ops, funnel by cohort", path: () => `/ops/funnel?first=${ago(89)}&basis=claim`, whole: true },
    { name: "ops, channels of a year", path: () => `/ops/channels?${YEAR}`, whole: true },
    { name: "ops, template with a history", path: made(({ known }) => `/ops/templates/${known}`), whole: true },
    { name: "ops, funnel of a template with a history", path: made(({ known }) => `/ops/funnel?template=${known}&${YEAR}`), whole: true },
    { name: "ops, coupons used of it", path: made(({ known }) => `/ops/funnel/redeem?template=${known}&${YEAR}`) },
    { name: "ops, template planned from last time", path: made(({ planned }) => `/ops/templates/${planned}/edit`), whole: true },
    { name: "ops, templates, filtered", path: () => "/ops/templates?state=live&claims=open&sort=issued" },
    { name: "ops, pause many", path: made(({ many }) => `/ops/templates/many?action=pause&${many}`) },
    { name: "ops, end many", path: made(({ many }) => `/ops/templates/many?action=end&${many}`) },
    { name: "ops, grant under way", path: made(({ running }) => `/ops/grants/${running}`) },
    { name: "ops, grants, all", path: () => "/ops/grants" },
    { name: "ops, coupons, nothing asked", path: () => "/ops/coupons" },
    { name: "ops, segment", path: () => "/ops/segments?segment=regulars" },
    { name: "ops, catalogue, a category", path: () => "/ops/catalogue?category=vegetables" },
    { name: "ops, audit trail of templates", path: () => "/ops/audit?kind=template" },
];

const HALVES: Record<string, Shown[]> = {
    shop,
    console: [...ops.map((page) => ({ ...page, ...(WHOLE.includes(page.name) && { whole: true as const }) })), ...more],
};

/** Those of the half that this run is about. */
export const pages: Shown[] = HALVES[process.env.HALF ?? "console"];
