// The browser, and the two screens everything is tried on.
import { launchOptions } from "./launch.mjs";

export const chromium = { launchOptions };

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const desktop = { viewport: { width: 1280, height: 800 } };
