import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { QUICK, QUIET } from "./flags.js";
import { provideBrowser } from "./provideBrowser.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the one browser of all browser tests listens. */
    sharedBrowser: string;
  }
}

/**
 * Before the browser tests, once: finds or installs a browser and starts it, for all files: each page has a context of its own.
 * @returns what stops it.
 * @throws Error as `provideBrowser`.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = await provideBrowser(project);
  const server = await chromium.launchServer({ executablePath, args: [...QUIET, ...QUICK] });
  project.provide("sharedBrowser", server.wsEndpoint());
  return () => server.close();
}
