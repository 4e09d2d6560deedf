import { execFile } from "node:child_process";
import { utimes } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { alone } from "../../support/alone.js";
import { isBuilt } from "../../support/newer.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUILT = "hosts/cli/dist/main.js";

/** Builds what the command's processes run, if anything is newer than it. One worker builds, the others wait. */
export async function builtCommand(): Promise<void> {
  const isCurrent = () => isBuilt(BUILT, ["core", "hosts/cli", "package-lock.json"]);
  if (await isCurrent()) return;
  await alone("command", async () => {
    if (await isCurrent()) return;
    await promisify(execFile)(process.execPath, ["esbuild.config.mjs"], { cwd: ROOT });
    await utimes(`${ROOT}/${BUILT}`, new Date(), new Date());
  });
}
