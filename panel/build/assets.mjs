import { mkdir, open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Bytes a script carries: more would keep the page's thread busy for too long at once. A multiple of three for base64. */
const PART = 3 * 2 ** 19;
const HEAD = "(globalThis.masksmithAssets ??= {})[";

/**
 * Writes each file as classic scripts that carry its bytes in base64, read by `loadAsset`: `<folder>/<name>.b64.js`, which
 * says how many parts there are, then `<folder>/<name>.1.b64.js` and so on. Scripts newer than their file are left as they are.
 * @param {Readonly<Record<string, string>>} files name -> path
 * @param {string} folder
 */
export async function writeAssets(files, folder) {
  for (const [name, path] of Object.entries(files)) {
    const first = `${folder}/${name}.b64.js`;
    if (await isNewer(first, path)) continue;
    const bytes = await readFile(path);
    const parts = Math.max(1, Math.ceil(bytes.length / PART));
    await mkdir(dirname(first), { recursive: true });
    // The first comes last: it stands for all.
    for (let part = parts - 1; part >= 0; part--) {
      const text = bytes.subarray(part * PART, (part + 1) * PART).toString("base64");
      const target = part === 0 ? first : `${folder}/${name}.${part}.b64.js`;
      const half = `${target}.${process.pid}`;
      await writeFile(
        half,
        `${HEAD}${JSON.stringify(name)}] = { parts: ${parts}, bytes: ${bytes.length}, text: "${text}" };\n`,
      );
      await rename(half, target);
    }
  }
}

/** A script of another build is older in any case. */
async function isNewer(target, source) {
  try {
    if ((await stat(target)).mtimeMs <= (await stat(source)).mtimeMs) return false;
    const file = await open(target);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(400) }).finally(() => file.close());
    const head = buffer.toString("latin1", 0, bytesRead);
    return head.startsWith(HEAD) && head.includes(", bytes: ");
  } catch {
    return false;
  }
}
