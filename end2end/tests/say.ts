// What the site says, from its own message catalogues: locators go by what people read, whichever
// language they read.
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import type { Page } from "@playwright/test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOCALES = join(__dirname, "../../app/locales");

const bundle = (language: string) => {
    const bundle = new FluentBundle(language, { useIsolating: false });
    const folder = join(LOCALES, language);
    for (const file of readdirSync(folder)) {
        bundle.addResource(new FluentResource(readFileSync(join(folder, file), "utf8")));
    }
    return bundle;
};

const bundles: Record<string, FluentBundle> = { en: bundle("en"), "zh-CN": bundle("zh-CN") };

export type Say = (key: string, filled?: Record<string, FluentVariable>) => string;

/** The messages of a language. */
export const saying = (language: string): Say => (key, filled = {}) => {
    const message = bundles[language].getMessage(key);
    if (!message?.value) throw new Error(`nobody wrote ${key} in ${language}`);
    return bundles[language].formatPattern(message.value, filled);
};

/** The messages of the language a page is in. */
export const sayingOn = async (page: Page): Promise<Say> =>
    saying((await page.locator("html").getAttribute("lang")) ?? "en");
