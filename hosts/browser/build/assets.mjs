import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes each file as a classic script that carries its bytes in base64: `<folder>/<name>.b64.js`, read by `loadAsset`.
 * A script newer than its file is left as it is.
 * @param {Readonly<Record<string, string>>} files name -> path
 * @param {string} folder
 */
export async function writeAssets(files, folder) {
  for (const [name, path] of Object.entries(files)) {
    const target = `${folder}/${name}.b64.js`;
    if (await isNewer(target, path)) continue;
    const text = (await readFile(path)).toString("base64");
    await mkdir(dirname(target), { recursive: true });
    const half = `${target}.${process.pid}`;
    await writeFile(half, `(globalThis.masksmithAssets ??= {})[${JSON.stringify(name)}] = "${text}";\n`);
    await rename(half, target);
  }
}

async function isNewer(target, source) {
  try {
    return (await stat(target)).mtimeMs > (await stat(source)).mtimeMs;
  } catch {
    return false;
  }
}
