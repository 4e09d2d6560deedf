import { LONG } from "../../support/long.js";
import type { Origin } from "./page.js";

/** Where a page of a test comes from: in the short form only a few tests are repeated from disk (panel.browser.test.ts). */
export const ORIGINS: readonly Origin[] = LONG ? ["served", "file"] : ["served"];
