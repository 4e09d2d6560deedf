import { MasksmithError, throwIfAborted } from "@masksmith/core";
import type { ModelFolder, ReadOptions } from "@masksmith/panel/host";
import { checkModelFileSize, PART_BYTES, type PageEnd, type PickedFolder, readAnswer } from "../bridge/index.js";

/** A model's folder on Photoshop's side: its files come over the bridge in parts. */
export class BridgeFolder implements ModelFolder {
  readonly files: ModelFolder["files"];
  readonly #end: PageEnd;
  /** By what name the other side knows it. */
  readonly folder: string;
  /** One file at a time: the other side has one open. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(end: PageEnd, { folder, files }: PickedFolder) {
    this.#end = end;
    this.folder = folder;
    this.files = files;
  }

  read(name: string, options: ReadOptions = {}): Promise<Uint8Array> {
    const read = this.#turn.then(() => this.#read(name, options));
    this.#turn = read.catch(() => undefined);
    return read;
  }

  async #read(name: string, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
    throwIfAborted(signal);
    const listed = this.files.find((file) => file.name === name);
    if (!listed) throw new MasksmithError("model", `The model's folder has no ${name}`);
    const { bytes: size } = listed;
    checkModelFileSize(name, size);
    const bytes = new Uint8Array(size);
    for (let from = 0; from < size; from += PART_BYTES) {
      const length = Math.min(PART_BYTES, size - from);
      const asked = { folder: this.folder, name, from, length };
      const part = readAnswer.readModelFile(await this.#end.call("readModelFile", asked, { signal }));
      if (part.length !== length) throw new MasksmithError("model", `${name} has changed: choose its folder again`);
      bytes.set(part, from);
      onProgress?.((from + length) / size);
    }
    return bytes;
  }
}
