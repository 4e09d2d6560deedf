import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../failure.js";
import { writeAll } from "../io/atomic.js";
import { checkReplaceable } from "../io/replaceable.js";
import type { Shard } from "./shard.js";

/** A picture without a record, and why. */
export interface Failure {
  /** Path relative to the input folder. */
  readonly file_name: string;
  readonly error: string;
}

/** Name, without .json, of a run's list of failed pictures. Shards that share a folder have one each. */
export function failuresName({ index, count }: Shard): string {
  return count === 1 ? "failed" : `failed-${index}-of-${count}`;
}

/** The list of failed pictures, on disk as soon as it changes. A list of an earlier run stays until then. */
export class FailureList {
  readonly path: string;
  readonly entries: Failure[] = [];

  constructor(output: string, shard: Shard) {
    this.path = join(output, `${failuresName(shard)}.json`);
  }

  /** @throws MasksmithError `input` if another file than such a list has its name. */
  async check(force: boolean): Promise<void> {
    await checkReplaceable("--out", this.path, (text) => text.startsWith('{"failed":['), force);
  }

  async add(picture: string, cause: unknown): Promise<void> {
    this.entries.push({ file_name: picture, error: reasonOf(cause) });
    await writeAll([
      { path: this.path, bytes: new TextEncoder().encode(`${JSON.stringify({ failed: this.entries })}\n`) },
    ]);
  }

  /** Call at the end of a run: without failures there is no list. */
  async finish(): Promise<void> {
    if (this.entries.length === 0) await unlink(this.path).catch(() => {});
  }
}
