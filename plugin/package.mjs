import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { zip } from "./build/zip.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const MOST_BYTES = 60 * 1024 * 1024;

// `--built`: packs what is there.
if (!process.argv.includes("--built")) await import("./build.mjs");

const dist = at("dist");
const files = new Map();
for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = `${entry.parentPath}/${entry.name}`;
  files.set(path.slice(dist.length + 1).replaceAll("\\", "/"), await readFile(path));
}
const bytes = zip(files);
if (bytes.length > MOST_BYTES) throw new Error(`The package has ${bytes.length} bytes, ${MOST_BYTES} are allowed`);
const out = at("../dist");
await mkdir(out, { recursive: true });
await writeFile(`${out}/masksmith.ccx.part`, bytes);
await rename(`${out}/masksmith.ccx.part`, `${out}/masksmith.ccx`);
process.stdout.write(`dist/masksmith.ccx: ${files.size} files, ${(bytes.length / 1e6).toFixed(1)} MB\n`);
