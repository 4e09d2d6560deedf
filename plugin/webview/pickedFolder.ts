import { MasksmithError } from "@masksmith/core";
import { MOST_MODEL_BYTES, PART_BYTES, type PageEnd, type PickedFolder, readAnswer } from "../bridge/index.js";
import type { ModelFolder } from "../panel/host.js";

/** A model's folder on Photoshop's side: its files come over the bridge in parts. */
export class BridgeFolder implements ModelFolder {
  readonly files: ModelFolder["files"];
  readonly #end: PageEnd;
  readonly #folder: string;
  readonly #sizes: ReadonlyMap<string, number>;
  /** One file at a time: the other side keeps one in memory. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(end: PageEnd, { folder, files }: PickedFolder) {
    this.#end = end;
    this.#folder = folder;
    this.files = files;
    this.#sizes = new Map(files.map(({ name, bytes }) => [name, bytes]));
  }

  read(name: string): Promise<Uint8Array> {
    const read = this.#turn.then(() => this.#read(name));
    this.#turn = read.catch(() => undefined);
    return read;
  }

  async #read(name: string): Promise<Uint8Array> {
    const size = this.#sizes.get(name);
    if (size === undefined) throw new MasksmithError("model", `The model's folder has no ${name}`);
    if (size > MOST_MODEL_BYTES) {
      throw new MasksmithError("model", `${name} has ${size} bytes; in Photoshop ${MOST_MODEL_BYTES} at most`);
    }
    const bytes = new Uint8Array(size);
    for (let from = 0; from < size; from += PART_BYTES) {
      const length = Math.min(PART_BYTES, size - from);
      const part = readAnswer.readModelFile(
        await this.#end.call("readModelFile", { folder: this.#folder, name, from, length }),
      );
      if (part.length !== length) throw new MasksmithError("model", `${name} has changed: choose its folder again`);
      bytes.set(part, from);
    }
    return bytes;
  }
}
