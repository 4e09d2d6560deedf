import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { inject } from "vitest";
import { serve } from "../../../hosts/browser/serve.mjs";
import type {} from "./provideBrowser.js";

const DIST = new URL("../../../hosts/browser/dist/index.html", import.meta.url);

/** Quiet and offline: nothing the browser does by itself may look like a request of the page. */
const FLAGS = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** How a page is reached. */
export type Origin = "served" | "file";

/** @param flags further command line flags, e.g. for a graphics adapter. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: inject("browser"), args: [...FLAGS, ...flags] });
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

/** Opens the built page, from a server of its own or from disk. */
export async function openPage(
  browser: Browser,
  origin: Origin,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const server = origin === "served" ? await serve(0) : null;
  const url = server
    ? `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    : pathToFileURL(DIST.pathname).href;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const foreign: string[] = [];
  const problems: string[] = [];
  const home = url.replace(/index\.html$/, "");
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(home) && !/^(blob|data):/.test(address)) foreign.push(address);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.goto(url);
  return { page, foreign, problems, close: () => closeAll(() => context.close(), server) };
}

async function closeAll(closeContext: () => Promise<void>, server: Server | null): Promise<void> {
  await closeContext();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
}
