import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { zip } from "./zip.mjs";

const MOST_BYTES = 60 * 1024 * 1024;

/**
 * Packs a built plugin; the file is written whole or not at all.
 * @param {string} dist
 * @param {string} file
 * @returns {Promise<{ files: number, bytes: number }>}
 * @throws Error if the package is larger than is allowed
 */
export async function packPlugin(dist, file) {
  const files = new Map();
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    files.set(path.slice(dist.length + 1).replaceAll("\\", "/"), await readFile(path));
  }
  const bytes = zip(files);
  if (bytes.length > MOST_BYTES) throw new Error(`The package has ${bytes.length} bytes, ${MOST_BYTES} are allowed`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, bytes);
  await rename(`${file}.part`, file);
  return { files: files.size, bytes: bytes.length };
}
