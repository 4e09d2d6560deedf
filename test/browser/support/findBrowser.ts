import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "microsoft-edge-stable",
  "microsoft-edge",
];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ...["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((variable) => {
    const folder = process.env[variable];
    return folder
      ? [join(folder, "Google/Chrome/Application/chrome.exe"), join(folder, "Microsoft/Edge/Application/msedge.exe")]
      : [];
  }),
];

/**
 * The path of a Chromium, Chrome or Edge: the one that MASKSMITH_BROWSER names, an installed one, playwright's; else it
 * installs one (Debian's package as root, else playwright's download).
 * @throws Error one line that says what to install.
 */
export async function findBrowser(): Promise<string> {
  const named = process.env.MASKSMITH_BROWSER;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`MASKSMITH_BROWSER must name a Chromium, Chrome or Edge that can be run, got "${named}"`);
  }
  return (await installed()) ?? (await install());
}

async function installed(): Promise<string | null> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES];
  candidates.push(chromium.executablePath());
  for (const path of candidates) if (path && (await isExecutable(path))) return path;
  return null;
}

async function install(): Promise<string> {
  const failures: string[] = [];
  for (const [command, ...args] of installCommands()) {
    try {
      process.stderr.write(`No Chromium, Chrome or Edge found: running ${command} ${args.join(" ")}\n`);
      await run(command, args, { maxBuffer: 2 ** 26, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
      const found = await installed();
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

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
