import { createHash } from "node:crypto";
import { invalid } from "@masksmith/core";

/** Part `index` (from 1) of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Parses "I/N". */
export function shardOf(option: string): (text: string) => Shard {
  return (text) => {
    const parts = /^(\d{1,7})\/(\d{1,7})$/.exec(text);
    const shard = { index: Number(parts?.[1]), count: Number(parts?.[2]) };
    if (!parts || shard.index < 1 || shard.index > shard.count)
      throw invalid(option, "I/N, two whole numbers with 1 <= I <= N", text);
    return shard;
  };
}

/**
 * Whether a picture belongs to the shard. Its own path alone decides (by hash), so files that come or go move no other;
 * composed and decomposed letters count as the same, as file systems differ in them.
 * @param path relative, with "/" between names.
 */
export function inShard(path: string, { index, count }: Shard): boolean {
  const hash = createHash("sha256").update(path.normalize("NFC")).digest();
  return hash.readUIntBE(0, 6) % count === index - 1;
}
