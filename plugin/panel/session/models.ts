import { MasksmithError, parseManifest } from "@masksmith/core";
import type { PageModel } from "../engine/index.js";
import type { ModelFolder } from "../host.js";
import { Store } from "../state/index.js";

/** A model to choose: what it is called, and how the page loads it. */
export interface PanelModel extends PageModel {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Where it comes from, in words for the user. */
  readonly origin: string;
}

export interface ModelChoice {
  readonly models: readonly PanelModel[];
  readonly chosen: PanelModel;
}

/** The models that the panel may use, one of them in use. */
export class ModelShelf {
  readonly choice: Store<ModelChoice>;

  /** @param models at least one; the first is in use. */
  constructor(models: readonly PanelModel[]) {
    this.choice = new Store<ModelChoice>({ models, chosen: models[0]! });
  }

  get chosen(): PanelModel {
    return this.choice.value.chosen;
  }

  /** Adds a model, in place of one of the same key. */
  add(model: PanelModel): void {
    const others = this.choice.value.models.filter((other) => keyOf(other) !== keyOf(model));
    this.choice.update({ models: [...others, model] });
  }

  /** False if it is not known or in use already. */
  choose(key: string): boolean {
    const model = this.choice.value.models.find((other) => keyOf(other) === key);
    if (!model || model === this.chosen) return false;
    this.choice.update({ chosen: model });
    return true;
  }
}

export function keyOf({ id, version }: Pick<PanelModel, "id" | "version">): string {
  return `${id}@${version}`;
}

/** @throws MasksmithError `model` if the manifest is not one. */
export function panelModel(source: PageModel, origin: string): PanelModel {
  const { id, name, version } = parseManifest(source.manifest);
  return { ...source, id, name, version, origin };
}

/** Files that the user chose in the page, as a folder. */
export function folderOfFiles(files: readonly File[]): ModelFolder {
  const byName = new Map(files.map((file) => [file.name, file]));
  return {
    files: files.map(({ name, size }) => ({ name, bytes: size })),
    async read(name) {
      const file = byName.get(name);
      if (!file) throw new MasksmithError("model", `The model's folder has no ${name}`);
      return new Uint8Array(await file.arrayBuffer());
    },
  };
}

const MANIFEST = "manifest.json";
const MOST_MANIFEST_BYTES = 4 << 20;

/**
 * A model from a folder that the user chose: manifest.json and what it names. The files' hashes are checked when the engine
 * loads them.
 * @throws MasksmithError `model` if there is no manifest, or a file of it is missing.
 */
export async function modelOfFolder(folder: ModelFolder): Promise<PanelModel> {
  const listed = folder.files.find(({ name }) => name === MANIFEST);
  if (!listed) throw new MasksmithError("model", "The folder has no manifest.json: choose the folder of a model");
  if (listed.bytes > MOST_MANIFEST_BYTES) {
    throw new MasksmithError("model", `The folder's manifest.json has ${listed.bytes} bytes: too many for a manifest`);
  }
  const text = new TextDecoder().decode(await folder.read(MANIFEST));
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new MasksmithError("model", "The folder's manifest.json is not JSON", { cause });
  }
  const read = async (name: string) => {
    const isListed = folder.files.some((file) => file.name === name);
    if (!isListed) throw new MasksmithError("model", `The model's folder has no ${name}, which its manifest names`);
    return folder.read(name);
  };
  return panelModel({ manifest, read }, "from a folder");
}
