import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Whether all `sources`, files and folders from the repository's root, are older than the file that their build writes last. */
export async function isBuilt(last: string, sources: readonly string[]): Promise<boolean> {
  const built = await stat(join(ROOT, last)).then(
    ({ ctimeMs }) => ctimeMs,
    () => 0,
  );
  return built > Math.max(...(await Promise.all(sources.map((source) => newest(join(ROOT, source))))));
}

/** Time of the last change of a file, or of any file in a folder, but for what is built or installed there. */
async function newest(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = await readdir(path, { withFileTypes: true });
  const sources = entries.filter(({ name }) => !/^(dist|node_modules)$/.test(name));
  const times = sources.map((entry) => newest(join(path, entry.name)));
  return Math.max(0, ...(await Promise.all(times)));
}
