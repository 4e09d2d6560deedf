import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Rle } from "@masksmith/core";
import type { Page } from "playwright-core";
import type {} from "../../../panel/ui/panel.js";

export const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** Long enough for a first encode on a busy machine. */
const PATIENCE = { timeout: 110_000, polling: 50 };

/** What is known of an object, as the user sees it. */
export interface ShownObject {
  readonly name: string;
  readonly area: number;
  /** Whether there are the model's three answers, or more. */
  readonly several: boolean;
  readonly error: string | null;
}

/** The panel on an open page, driven as a user would: pointer, keys, buttons; read where the user would look. */
export class PanelDriver {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Waits until the open picture can be asked. */
  async ready(name?: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const panel = document.querySelector("masksmith-panel");
        const picture = panel?.session?.document.picture.value;
        if (picture?.phase === "failed") throw new Error(picture.error ?? "failed");
        return picture?.phase === "ready" && (!wanted || picture.document?.name === wanted);
      },
      name,
      PATIENCE,
    );
  }

  /** Waits until no object waits for its answer. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const panel = document.querySelector("masksmith-panel")!;
        return [...panel.session!.answering.answers.value.values()].every(({ asking }) => !asking);
      },
      null,
      PATIENCE,
    );
  }

  /** Waits until every visible object is ranked and refined. */
  async refined(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const { session } = document.querySelector("masksmith-panel")!;
        const { refining } = session!;
        if (refining.state.value.error) throw new Error(refining.state.value.error);
        return refining.idle;
      },
      null,
      PATIENCE,
    );
  }

  /** The model's answers as they are: its own order, no second look, no edges. */
  async plain(): Promise<void> {
    await this.page.getByRole("button", { name: "Settings and shortcuts" }).click();
    await this.page.getByRole("switch", { name: "Pick the best suggestion automatically" }).uncheck();
    await this.page.getByRole("button", { name: "Settings and shortcuts" }).click();
    await this.page.getByRole("switch", { name: "Enhance small objects" }).uncheck();
    await this.page.getByRole("radio", { name: "Off", exact: true }).click();
  }

  /** Page pixels to a document pixel. */
  async scale(): Promise<number> {
    const percent = await this.page.locator("#bar .zoom").textContent();
    return Number.parseFloat(percent ?? "") / 100;
  }

  /** A document point in page coordinates. */
  async at(x: number, y: number): Promise<{ x: number; y: number }> {
    const stage = await this.page.locator("#stage [role=application]").boundingBox();
    const size = await this.page.evaluate(() => {
      const { width, height } = document.querySelector("masksmith-panel")!.session!.document.current!;
      return { width, height };
    });
    const box = stage!;
    const scale = await this.scale();
    return {
      x: box.x + box.width / 2 + (x - size.width / 2) * scale,
      y: box.y + box.height / 2 + (y - size.height / 2) * scale,
    };
  }

  async click(x: number, y: number, modifiers: ("Alt" | "Control")[] = []): Promise<void> {
    const at = await this.at(x, y);
    for (const key of modifiers) await this.page.keyboard.down(key);
    await this.page.mouse.click(at.x, at.y);
    for (const key of modifiers) await this.page.keyboard.up(key);
    await this.settled();
  }

  /** Presses, moves through document points and lets go. */
  async drag(points: readonly (readonly [number, number])[]): Promise<void> {
    const [first, ...rest] = points;
    const start = await this.at(...first!);
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    for (const point of rest) {
      const at = await this.at(...point);
      await this.page.mouse.move(at.x, at.y, { steps: 3 });
    }
    await this.page.mouse.up();
    await this.settled();
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
    await this.settled();
  }

  async objects(): Promise<ShownObject[]> {
    return this.page.evaluate(() => {
      const { session } = document.querySelector("masksmith-panel")!;
      return session!.work.now.objects.map(({ id, name }) => {
        const answer = session!.answering.answers.value.get(id);
        const shown = answer?.candidates[answer.chosen];
        return {
          name,
          area: shown?.area ?? 0,
          several: (answer?.candidates.length ?? 0) >= 3,
          error: answer?.error ?? null,
        };
      });
    });
  }

  /** The objects' masks as the model gave them. */
  async masks(): Promise<Rle[]> {
    const masks = await this.page.evaluate(() => {
      const { session } = document.querySelector("masksmith-panel")!;
      return session!.work.now.objects.map(({ id }) => {
        const { candidates, chosen } = session!.answering.answers.value.get(id)!;
        const { size, counts } = candidates[chosen]!.mask;
        return { size, counts: [...counts] };
      });
    });
    return masks.map(({ size, counts }) => ({ size, counts: Uint32Array.from(counts) }));
  }

  /** Takes everything back, one act at a time. */
  async undoAll(): Promise<number> {
    let steps = 0;
    while (
      await this.page
        .getByRole("button", { name: /^Undo: /, disabled: false })
        .locator("visible=true")
        .last()
        .isVisible()
    ) {
      if (!(await this.canUndo())) break;
      await this.page.keyboard.press("Control+z");
      steps++;
    }
    await this.settled();
    return steps;
  }

  async canUndo(): Promise<boolean> {
    return this.page.evaluate(() => {
      const { session } = document.querySelector("masksmith-panel")!;
      return session!.work.history.value.past.length > 0;
    });
  }

  /** Sets where Apply goes, and applies. */
  async apply(output: string, mode?: string): Promise<string> {
    const picker = this.page.getByLabel("Output").first();
    await picker.click();
    await this.page.getByRole("option", { name: output, exact: true }).click();
    if (mode) await this.page.locator("ms-output-bar").getByRole("radio", { name: mode, exact: true }).click();
    await this.page.getByRole("button", { name: "Apply", exact: true }).click();
    // Until the panel shows this act's message, the one of an earlier act may still be there, in the same words.
    const said = await this.page.waitForFunction(
      () => {
        const { busy, notice } = document.querySelector("masksmith-panel")!.session!.reporter;
        const told = notice.value;
        return busy.value === null && told && told.tone !== "info" ? told.text : "";
      },
      null,
      PATIENCE,
    );
    const notice = this.page.locator("masksmith-panel .notice:not(.info) p");
    await notice.filter({ hasText: await said.jsonValue() }).waitFor(PATIENCE);
    return (await notice.textContent())?.trim() ?? "";
  }

  /** Exports through the menu and gives the file. */
  async exportAs(entry: string): Promise<{ name: string; bytes: Buffer }> {
    const download = this.page.waitForEvent("download", PATIENCE);
    await this.page.getByRole("button", { name: "Export", exact: true }).click();
    await this.page.getByRole("menuitem", { name: entry }).click();
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  }

  open(...names: string[]): Promise<void> {
    return this.openFiles(...names.map(fixture));
  }

  async openFiles(...paths: string[]): Promise<void> {
    const chooser = this.page.waitForEvent("filechooser");
    await this.page.getByRole("button", { name: "Open", exact: true }).click();
    await (await chooser).setFiles(paths);
  }

  /** Opens a PNG that is no fixture, over what is open, and waits until it can be asked. */
  async openPng(name: string, buffer: Buffer): Promise<void> {
    const chooser = this.page.waitForEvent("filechooser");
    await this.page.getByRole("button", { name: "Open", exact: true }).click();
    await (await chooser).setFiles({ name, mimeType: "image/png", buffer });
    await this.ready(name);
  }
}
