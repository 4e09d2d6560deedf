import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

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
 * The path of a Chromium, Chrome or Edge: the one that MASKSMITH_BROWSER names, an installed one, playwright's; null without one.
 * @throws Error where MASKSMITH_BROWSER names none.
 */
export async function findBrowser(): Promise<string | null> {
  const named = process.env.MASKSMITH_BROWSER;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`MASKSMITH_BROWSER must name a Chromium, Chrome or Edge that can be run, got "${named}"`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES];
  candidates.push(chromium.executablePath());
  for (const path of candidates) if (path && (await isExecutable(path))) return path;
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
