import type { EngineClient } from "../../engine/index.js";
import type { Host, ModelFolder } from "../../host.js";
import type { Store } from "../../state/index.js";
import type { Reporter } from "../reporter.js";
import { type Adoption, KeptModel } from "./keptModel.js";
import { modelOfFolder } from "./modelFolder.js";
import type { ModelChoice, ModelShelf, PanelModel } from "./modelShelf.js";

export interface ModelsNeeds {
  readonly host: Pick<Host, "keepModelFolder" | "keptModelFolder">;
  readonly reporter: Reporter;
  readonly engine: Pick<EngineClient, "adopt">;
  readonly shelf: ModelShelf;
  /** Ends what the model in use is still doing in the background. */
  stopBackground(): void;
}

/** Which model is in use. A change of `choice` says that another one has started: what the last one encoded is void. */
export class Models {
  readonly #needs: ModelsNeeds;
  readonly #kept: KeptModel;
  #isChanging = false;
  #isDisposed = false;

  constructor(needs: ModelsNeeds) {
    this.#needs = needs;
    this.#kept = new KeptModel(needs.host, needs.reporter);
  }

  get choice(): Store<ModelChoice> {
    return this.#needs.shelf.choice;
  }

  get chosen(): PanelModel {
    return this.#needs.shelf.chosen;
  }

  /** Whether another model is being started. */
  get isChanging(): boolean {
    return this.#isChanging;
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  /** Switches to a model of the shelf. */
  async choose(key: string): Promise<void> {
    const model = this.#needs.shelf.find(key);
    if (model && model !== this.chosen) await this.#switchTo(model);
  }

  /** Takes a model into use from a folder that `pick` asks for; without a folder, or with a wrong one, all stays. */
  async add(pick: () => Promise<ModelFolder | undefined>): Promise<void> {
    const { reporter } = this.#needs;
    reporter.tell(null);
    try {
      const folder = await pick();
      if (folder) await this.#switchTo(await modelOfFolder(folder));
    } catch (error) {
      reporter.fail("Couldn't open the model", error);
    }
  }

  /** Goes back to the model of an earlier start, unless the user was quicker with another one. */
  resume(): Promise<void> {
    return this.#kept.resume((folder) => this.#openKept(folder));
  }

  async #openKept(folder: ModelFolder): Promise<Adoption> {
    const { chosen } = this;
    try {
      const model = await modelOfFolder(folder);
      return chosen === this.chosen ? await this.#switchTo(model) : "given up";
    } catch (error) {
      if (this.#isDisposed) return "given up";
      this.#needs.reporter.fail("Couldn't open your model", error);
      return "failed";
    }
  }

  /** Prompts stay, and the picture is encoded again. Nothing changes until the model has started. */
  async #switchTo(model: PanelModel): Promise<Adoption> {
    const { reporter, engine, shelf } = this.#needs;
    if (this.#isChanging) return "given up";
    this.#isChanging = true;
    let wasCancelled = false;
    this.#needs.stopBackground();
    const done = await reporter.run(
      { doing: `Opening ${model.name}`, failed: `Couldn't open ${model.name}` },
      (signal, progress) => {
        const accept = () => shelf.choose(model);
        const opening = engine.adopt(model, accept, { signal, onProgress: ({ fraction }) => progress(fraction) });
        return opening.finally(() => {
          wasCancelled = signal.aborted;
        });
      },
    );
    this.#isChanging = false;
    if (this.#isDisposed) return "given up";
    if (!done) return wasCancelled ? "cancelled" : "failed";
    reporter.speak(`Switched to ${model.name}`);
    await this.#kept.keep(model.folder ?? null);
    return "taken";
  }
}
