import type { Host } from "../../host.js";
import { type LabelledPicture, pictureKey } from "./records.js";
import { recordsFromJson, recordsToJson } from "./storedRecords.js";

const KEY = "labels";
const PREFIX = "record/";

/** Records kept by the host, one entry a picture; where it has no store, all in one setting. */
export class RecordStore {
  readonly #host: Pick<Host, "readSetting" | "writeSetting" | "store">;
  readonly #all = new Map<string, LabelledPicture>();

  constructor(host: Pick<Host, "readSetting" | "writeSetting" | "store">) {
    this.#host = host;
  }

  /** Those that no file has yet. What an earlier version kept in a setting goes over to the store. */
  async load(): Promise<LabelledPicture[]> {
    const { store } = this.#host;
    const inSetting = recordsFromJson(await this.#host.readSetting(KEY));
    const stored = store ? recordsFromJson((await store.entries(PREFIX)).map(([, value]) => value)) : [];
    for (const record of [...inSetting, ...stored]) this.#all.set(pictureKey(record), record);
    if (store && inSetting.length > 0) await this.#moveToStore(inSetting, stored);
    return [...this.#all.values()];
  }

  /** @throws MasksmithError `runtime` if the host cannot keep it. */
  async keep(record: LabelledPicture): Promise<void> {
    this.#all.set(pictureKey(record), record);
    const { store } = this.#host;
    if (store) await store.put(PREFIX + pictureKey(record), recordsToJson([record])[0]);
    else await this.#host.writeSetting(KEY, recordsToJson([...this.#all.values()]));
  }

  /** Forgets records that a file has, or that the user does not want. @throws MasksmithError `runtime` */
  async delete(records: readonly LabelledPicture[]): Promise<void> {
    for (const record of records) {
      this.#all.delete(pictureKey(record));
      await this.#host.store?.delete(PREFIX + pictureKey(record));
    }
    if (!this.#host.store) await this.#host.writeSetting(KEY, recordsToJson([...this.#all.values()]));
  }

  async #moveToStore(records: readonly LabelledPicture[], stored: readonly LabelledPicture[]): Promise<void> {
    const known = new Set(stored.map(pictureKey));
    try {
      for (const record of records) if (!known.has(pictureKey(record))) await this.keep(record);
      await this.#host.writeSetting(KEY, []);
    } catch {
      // They stay in the setting, and the next page tries again.
    }
  }
}
