import { parse } from "node:path";

/** The files of `count` masks: `path` itself for one, else mask-1.png, mask-2.png, ... for mask.png. */
export function numberedPaths(path: string, count: number): string[] {
  if (count === 1) return [path];
  const { ext } = parse(path);
  const stem = path.slice(0, path.length - ext.length);
  return Array.from({ length: count }, (_, i) => `${stem}-${i + 1}${ext}`);
}
