import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { inject } from "vitest";
import { serve } from "../../../hosts/browser/serve.mjs";
import { type KnownEmbedding, keepEmbeddings } from "./embeddings.js";
import { QUIET } from "./flags.js";
import { knownEmbedding } from "./nodeEngine.js";
import { fixture } from "./panel.js";
import type {} from "./provideBrowser.js";
import { defineSeen, type SettingsChange } from "./seen.js";
import type {} from "./shareBrowser.js";

const DIST = new URL("../../../hosts/browser/dist/index.html", import.meta.url);

/** How a page is reached. */
export type Origin = "served" | "file";

/** The browser that all files share, or with flags a new one; either is this file's to close. */
export async function launchBrowser(flags?: readonly string[]): Promise<Browser> {
  if (!flags) return chromium.connect(inject("sharedBrowser"));
  return chromium.launch({ executablePath: inject("browser"), args: [...QUIET, ...flags] });
}

/** A page under watch: what it asked for, what broke its rules, what it threw. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses outside the page's own origin (or folder, for files). */
  readonly foreign: readonly string[];
  /** Content security policy violations and uncaught errors. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** How a page is opened. */
export interface Opening extends BrowserContextOptions {
  /** Pictures that its user has opened before, so that the page need not encode them again. By default the included one. */
  readonly known?: readonly KnownEmbedding[];
  /** The panel's settings that its user has changed before. */
  readonly settings?: SettingsChange;
  /** Runs in the page before its scripts. */
  readonly prepare?: readonly (() => void)[];
}

/** Opens the built page, from a server of its own or from disk. */
export async function openPage(
  browser: Browser,
  origin: Origin,
  { known, settings, prepare = [], ...options }: Opening = {},
): Promise<WatchedPage> {
  const server = origin === "served" ? await serve(0) : null;
  const url = server
    ? `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    : pathToFileURL(DIST.pathname).href;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // Half a minute, the default, is little on a busy machine.
  page.setDefaultTimeout(110_000);
  const kept = known ?? [await knownEmbedding(fixture("coffee.png"))];
  if (kept.length > 0 || settings) {
    // A document of the same origin that is not the page.
    await page.goto(new URL(server ? "nothing-here" : "page.css", url).href);
    await keepEmbeddings(page, kept);
    await page.evaluate((text) => localStorage.setItem("masksmith.panel", text), JSON.stringify(settings ?? {}));
  }
  for (const script of [defineSeen, ...prepare]) await page.addInitScript(script);
  const seen = watch(page, url.replace(/index\.html$/, ""));
  await page.goto(url);
  return { page, ...seen, close: () => closeAll(() => context.close(), server) };
}

function watch(page: Page, home: string): Pick<WatchedPage, "foreign" | "problems"> {
  const foreign: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(home) && !/^(blob|data):/.test(address)) foreign.push(address);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  return { foreign, problems };
}

async function closeAll(closeContext: () => Promise<void>, server: Server | null): Promise<void> {
  await closeContext();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
}
