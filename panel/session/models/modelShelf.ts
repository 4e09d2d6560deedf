import { parseManifest } from "@masksmith/core";
import type { PageModel } from "../../engine/index.js";
import type { ModelFolder } from "../../host.js";
import { Store } from "../../state/index.js";

/** A model to choose: what it is called, and how the page loads it. */
export interface PanelModel extends PageModel {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Its source, in words for the user. */
  readonly origin: string;
  /** Where it was opened, if the user chose it. */
  readonly folder?: ModelFolder;
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
    this.choice = new Store<ModelChoice>({ models, chosen: models[0] });
  }

  get chosen(): PanelModel {
    return this.choice.value.chosen;
  }

  find(key: string): PanelModel | undefined {
    return this.choice.value.models.find((model) => modelKey(model) === key);
  }

  /** Takes a model into use; a new one goes to the others, in place of one of the same key. */
  choose(model: PanelModel): void {
    const { models } = this.choice.value;
    if (models.includes(model)) this.choice.update({ chosen: model });
    else
      this.choice.set({
        models: [...models.filter((other) => modelKey(other) !== modelKey(model)), model],
        chosen: model,
      });
  }
}

export function modelKey({ id, version }: Pick<PanelModel, "id" | "version">): string {
  return `${id}@${version}`;
}

/** @throws MasksmithError `model` if the manifest is not one. */
export function panelModel(source: PageModel, origin: string): PanelModel {
  const { id, name, version } = parseManifest(source.manifest);
  return { ...source, id, name, version, origin };
}
