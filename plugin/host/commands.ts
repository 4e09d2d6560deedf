import { MasksmithError, messageOf } from "@masksmith/core";
import type { Bounds, CommandName } from "../bridge/index.js";
import { activeDocument } from "./describe.js";
import type { Environment } from "./environment.js";
import type { PsBounds, PsDocument } from "./photoshop.js";
import { reportOf, testDocument } from "./selfTest.js";
import type { WebviewPanel } from "./webviewPanel.js";

const PLUGIN_ID = "org.masksmith.photoshop";
export const PANEL_ID = "masksmithPanel";
const PAGE_MS = 20_000;

/** The plugin's menu commands. The page does the thinking, so the panel is opened where it is not. */
export class Commands {
  readonly #env: Environment;
  readonly #panel: WebviewPanel;
  readonly #saveReport: (text: string) => Promise<boolean>;

  constructor(env: Environment, panel: WebviewPanel, saveReport: (text: string) => Promise<boolean>) {
    this.#env = env;
    this.#panel = panel;
    this.#saveReport = saveReport;
  }

  /** Starts a command; what goes wrong is said in an alert. Never rejects. */
  async run(name: CommandName): Promise<void> {
    try {
      if (name === "self-test") await this.#selfTest();
      else await this.#select(name);
    } catch (error) {
      if (error instanceof MasksmithError && error.kind === "aborted") return;
      await this.#alert(messageOf(error));
    }
  }

  async #select(name: CommandName): Promise<void> {
    const document = activeDocument(this.#env);
    if (!document) throw new MasksmithError("state", "Open a document first");
    const bounds = document.selection.bounds;
    if (name !== "mask-all" && !bounds) {
      throw new MasksmithError("state", "Draw a selection around the object first, e.g. with the marquee tool");
    }
    await this.#page();
    const box = bounds && clipped(bounds, document);
    await this.#panel.end.call("command", { name, documentId: String(document.id), box }, { untilAnswered: true });
  }

  async #selfTest(): Promise<void> {
    const there = await this.#page().then(
      () => true,
      () => false,
    );
    const page: unknown = there
      ? await this.#panel.end.call("command", { name: "self-test" }, { untilAnswered: true }).catch(messageOf)
      : "The panel is not responding";
    const masked = await testDocument(this.#env);
    if (await this.#saveReport(reportOf(this.#env, page, this.#panel.origins, masked)))
      await this.#alert("The report was saved.");
  }

  async #page(): Promise<void> {
    if (this.#panel.end.connected) return;
    const refused = await this.#showPanel();
    if (refused && !this.#panel.isMounted) {
      throw new MasksmithError(
        "state",
        "Photoshop did not open the panel for this command. Open it with Plugins > masksmith > masksmith, then try again",
      );
    }
    if (await this.#panel.whenConnected(PAGE_MS)) return;
    throw new MasksmithError("state", "Open the panel first: Plugins > masksmith > masksmith");
  }

  /** True if Photoshop refused: by an error, or with words as the answer. */
  async #showPanel(): Promise<boolean> {
    try {
      const own = Array.from(this.#env.uxp.pluginManager?.plugins ?? []).find(({ id }) => id === PLUGIN_ID);
      if (!own?.showPanel) return true;
      return typeof (await own.showPanel(PANEL_ID)) === "string";
    } catch {
      return true;
    }
  }

  async #alert(message: string): Promise<void> {
    await this.#env.photoshop.core.showAlert?.({ message })?.catch(() => undefined);
  }
}

/** A selection may reach beyond the canvas. */
function clipped({ left, top, right, bottom }: PsBounds, { width, height }: PsDocument): Bounds {
  const box = { x0: Math.max(left, 0), y0: Math.max(top, 0), x1: Math.min(right, width), y1: Math.min(bottom, height) };
  if (box.x0 < box.x1 && box.y0 < box.y1) return box;
  throw new MasksmithError("state", "The selection lies outside the document: draw one around the object first");
}
