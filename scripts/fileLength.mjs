import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A file holds one thing. Data and what a machine wrote are not counted. */
const MOST_LINES = 300;
const COUNTED = /\.(ts|mts|mjs|js|css|html|py)$/;
const SKIPPED =
  /(^|\/)(\..*|node_modules|dist|out|coverage|fixtures|__pycache__)$|^models\/[^/]+\/manifest\.js$|^docs\/api$/;

const root = fileURLToPath(new URL("..", import.meta.url));

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (SKIPPED.test(relative(root, path).replaceAll("\\", "/"))) continue;
    if (entry.isDirectory()) yield* filesIn(path);
    else if (COUNTED.test(entry.name)) yield path;
  }
}

const tooLong = [...filesIn(root)]
  .map((path) => ({ path: relative(root, path), lines: readFileSync(path, "utf8").split("\n").length - 1 }))
  .filter(({ lines }) => lines > MOST_LINES);
for (const { path, lines } of tooLong) process.stderr.write(`${path}: ${lines} lines, at most ${MOST_LINES}\n`);
process.exitCode = tooLong.length > 0 ? 1 : 0;
