// Where the pictures go, what one step leaves for the next, and days.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export const FOLDER = process.env.PICTURES ?? join(__dirname, "../test-results/pictures");
export const CAST = join(FOLDER, "cast.json");
export const STAGE = join(FOLDER, "stage.json");
mkdirSync(FOLDER, { recursive: true });

/** `ops-new-template.phone-dark-zh.png` */
export const picture = (page: string, look: string) =>
    join(FOLDER, `${page.replaceAll(/\W+/g, "-")}.${look.replaceAll(" ", "-")}.png`);

/** The day so many days ago, as addresses and forms have it. */
export const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
