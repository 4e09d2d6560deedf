import { zipSync } from "fflate";

/** 1 January 1980, the earliest a zip can say: the same files give the same bytes, whenever and wherever they are packed. */
const DATE = new Date(1980, 0, 1);

/**
 * A zip of files, deflated, in the order of their names.
 * @param {ReadonlyMap<string, Uint8Array>} files name with forward slashes -> bytes
 * @returns {Buffer}
 */
export function zip(files) {
  const ordered = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(zipSync(Object.fromEntries(ordered), { level: 9, mtime: DATE }));
}
