import { messageOf } from "@masksmith/core";
import type { Host, ModelFolder } from "../../host.js";
import type { Reporter } from "../reporter.js";

/** How a switch to another model ended; `given up`: the session ended, or another model was on its way. */
export type Adoption = "taken" | "cancelled" | "failed" | "given up";

/** The folder of the user's own model, which the host keeps from one start to the next where it can. */
export class KeptModel {
  readonly #host: Pick<Host, "keepModelFolder" | "keptModelFolder">;
  readonly #reporter: Pick<Reporter, "tell">;

  constructor(host: Pick<Host, "keepModelFolder" | "keptModelFolder">, reporter: Pick<Reporter, "tell">) {
    this.#host = host;
    this.#reporter = reporter;
  }

  /** After a model was taken into use: from this folder, or null, from none. */
  async keep(folder: ModelFolder | null): Promise<void> {
    try {
      await this.#host.keepModelFolder?.(folder);
    } catch (error) {
      const what = folder
        ? "The model is in use, but you will have to choose it again next time"
        : "A setting couldn't be saved";
      this.#say(what, error);
    }
  }

  /** Opens the kept folder's model, if there is one. Cancelled it is asked for at the next start again, failed not. */
  async resume(open: (folder: ModelFolder) => Promise<Adoption>): Promise<void> {
    const folder = await this.#folder();
    if (!folder) return;
    const ended = await open(folder);
    // A model that was taken into use has been kept already.
    if (ended === "cancelled") await this.keep(folder);
    if (ended === "failed") await this.keep(null);
  }

  async #folder(): Promise<ModelFolder | undefined> {
    try {
      return await this.#host.keptModelFolder?.();
    } catch (error) {
      this.#say("The built-in model is in use", error);
      return undefined;
    }
  }

  #say(what: string, error: unknown): void {
    const reason = messageOf(error);
    this.#reporter.tell({ tone: "info", text: `${what}. ${reason.replace(/\.$/, "")}.` });
  }
}
