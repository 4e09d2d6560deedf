import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { findBrowser } from "./findBrowser.js";

const run = promisify(execFile);

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the browser that the tests drive. */
    browser: string;
  }
}

/** Before tests with browsers of their own, once. */
export async function setup(project: TestProject): Promise<void> {
  await provideBrowser(project);
}

/**
 * Finds a browser, or installs one (Debian's package as root, else playwright's download).
 * @returns its path.
 * @throws Error one line that says what to install.
 */
export async function provideBrowser(project: TestProject): Promise<string> {
  const browser = (await findBrowser()) ?? (await install());
  project.provide("browser", browser);
  return browser;
}

async function install(): Promise<string> {
  const failures: string[] = [];
  for (const [command, ...args] of installCommands()) {
    try {
      process.stderr.write(`No Chromium, Chrome or Edge found. Installing one: ${[command, ...args].join(" ")}\n`);
      await run(command, args, { maxBuffer: 2 ** 26, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
      const found = await findBrowser();
      if (found) return found;
      failures.push(`${command} left no browser behind`);
    } catch (error) {
      failures.push(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  }
  throw new Error(
    `The browser tests need Chromium, Chrome or Edge: install one (Debian: apt-get install chromium) or set ` +
      `MASKSMITH_BROWSER to its path. Installing one failed: ${failures.join("; ")}`,
  );
}

/** Debian's package where this process may install it, then playwright's own build. */
function installCommands(): [string, ...string[]][] {
  const playwright = join(import.meta.dirname, "../../../node_modules/playwright-core/cli.js");
  const own: [string, ...string[]] = [process.execPath, playwright, "install", "chromium"];
  if (process.platform !== "linux" || process.getuid?.() !== 0) return [own];
  return [["sh", "-c", "apt-get install -y -q chromium || (apt-get update -q && apt-get install -y -q chromium)"], own];
}
