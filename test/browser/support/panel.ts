import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Rle } from "@masksmith/core";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { rleOf, type SettingsChange, type ShownObject } from "./seen.js";
import { WORDS } from "./words.js";

export const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** Long enough for an encode on a busy machine; asked by a timer, since by default the page would draw frame upon frame. */
export const PATIENCE = { timeout: 110_000, polling: 50 };

/** Settings for the model's answers as they are: its own order, no second look, no edges. */
export const PLAIN = { alternatives: false, secondLook: false, edges: "off" } as const;

/** A file that a file dialog gives. */
export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export type Word = string | RegExp;
type Key = "Alt" | "Control";
type At = readonly [x: number, y: number];

/** The panel on an open page, driven as a user would: pointer, keys, buttons; read where the user would look. */
export class PanelDriver {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** A button by its whole name, or by what the name matches. */
  button(name: Word): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  switch(name: Word): Locator {
    return this.page.getByRole("switch", { name });
  }

  radio(name: Word): Locator {
    return this.page.getByRole("radio", { name, exact: true });
  }

  /** The picture's area, which takes points by key. */
  get stage(): Locator {
    return this.page.locator("#stage [role=application]");
  }

  /** The panel's message of some words. */
  notice(words: Word): Locator {
    return this.page.locator("masksmith-panel .notice", { hasText: words });
  }

  /** What computes, and why. */
  async engine(): Promise<string | null> {
    return this.page.locator("masksmith-panel footer .quiet").getAttribute("title");
  }

  async tab(name: keyof typeof WORDS.tabs): Promise<void> {
    await this.page.getByRole("tab", { name: WORDS.tabs[name] }).click();
  }

  /** Opens the settings, or closes them. */
  async settings(): Promise<void> {
    await this.button(WORDS.settings.open).click();
  }

  async edges(mode: keyof typeof WORDS.edges): Promise<void> {
    await this.radio(WORDS.edges[mode]).click();
  }

  async activate(object: string): Promise<void> {
    await this.button(WORDS.workOn(object)).click();
  }

  /** Opens a list of the panel and takes one of its options. */
  async pick(list: string, option: string): Promise<void> {
    await this.page.getByLabel(list).first().click();
    await this.page.getByRole("option", { name: option, exact: true }).click();
  }

  /** Waits until the open picture can be asked. */
  async ready(name?: string): Promise<void> {
    await this.page.waitForFunction((wanted) => seen.isReady(wanted), name, PATIENCE);
  }

  /** Waits until no object waits for its answer. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => seen.isSettled(), null, PATIENCE);
  }

  /** Waits until every visible object has its alternatives and is refined. */
  async refined(): Promise<void> {
    await this.page.waitForFunction(() => seen.isRefined(), null, PATIENCE);
  }

  /** Waits until the host keeps the work as it is now. */
  async kept(): Promise<void> {
    // Not waitForFunction: with an interval of its own it does not await a promise.
    await expect
      .poll(() => this.page.evaluate(() => seen.isKept()), { timeout: PATIENCE.timeout, interval: 50 })
      .toBe(true);
  }

  /** Changes settings past their controls. */
  async set(settings: SettingsChange): Promise<void> {
    await this.page.evaluate((given) => seen.set(given), settings);
  }

  /** Page pixels to a document pixel. */
  async scale(): Promise<number> {
    const percent = await this.page.locator("#bar .zoom").textContent();
    return Number.parseFloat(percent ?? "") / 100;
  }

  /** A document point in page coordinates. */
  async at(x: number, y: number): Promise<{ x: number; y: number }> {
    const box = (await this.stage.boundingBox())!;
    const size = await this.page.evaluate(() => seen.size());
    const scale = await this.scale();
    return {
      x: box.x + box.width / 2 + (x - size.width / 2) * scale,
      y: box.y + box.height / 2 + (y - size.height / 2) * scale,
    };
  }

  async click(x: number, y: number, modifiers: readonly Key[] = []): Promise<void> {
    const at = await this.at(x, y);
    for (const key of modifiers) await this.page.keyboard.down(key);
    await this.page.mouse.click(at.x, at.y);
    for (const key of modifiers) await this.page.keyboard.up(key);
    await this.settled();
  }

  /** Presses, moves through document points and lets go. */
  async drag(points: readonly At[]): Promise<void> {
    const [first, ...rest] = points as [At, ...At[]];
    const start = await this.at(...first);
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

  objects(): Promise<ShownObject[]> {
    return this.page.evaluate(() => seen.objects());
  }

  /** The objects' masks as the model gave them. */
  async masks(): Promise<Rle[]> {
    return (await this.page.evaluate(() => seen.masks())).map(rleOf);
  }

  /** Takes everything back, one act at a time, as long as the panel offers it. */
  async undoAll(): Promise<number> {
    let steps = 0;
    const offered = this.page
      .getByRole("button", { name: /^Undo: /, disabled: false })
      .locator("visible=true")
      .last();
    while ((await offered.isVisible()) && (await this.page.evaluate(() => seen.canUndo()))) {
      await this.page.keyboard.press("Control+z");
      steps++;
    }
    await this.settled();
    return steps;
  }

  /** Undoes a step of the document's history. */
  async undoDocument(): Promise<void> {
    await this.page.locator("#bar").getByRole("button", { name: WORDS.picture.undo }).click();
  }

  /** Sets where Apply goes, applies, and gives what the panel says then. */
  async apply(output: string, mode?: string): Promise<string> {
    await this.pick(WORDS.output.result, output);
    if (mode) await this.page.locator("ms-output-bar").getByRole("radio", { name: mode, exact: true }).click();
    await this.button(WORDS.output.apply).click();
    // Until the panel shows this act's message, the one of an earlier act may still be there, in the same words.
    const said = await this.page.waitForFunction(() => seen.said(), null, PATIENCE);
    const notice = this.page.locator("masksmith-panel .notice:not(.info) p");
    await notice.filter({ hasText: await said.jsonValue() }).waitFor(PATIENCE);
    return (await notice.textContent())?.trim() ?? "";
  }

  /** Exports through the menu and gives the file. */
  exportAs(entry: string): Promise<{ name: string; bytes: Buffer }> {
    return this.download(async () => {
      await this.button(WORDS.output.export).click();
      await this.page.getByRole("menuitem", { name: entry }).click();
    });
  }

  /** The file that an act of the user lets the page download. */
  async download(act: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> {
    const [file] = await Promise.all([this.page.waitForEvent("download", PATIENCE), act()]);
    return { name: file.suggestedFilename(), bytes: await buffer(await file.createReadStream()) };
  }

  /** Presses a button that asks for files, and gives these. */
  async choose(button: string, files: string | string[] | ChosenFile): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), this.button(button).click()]);
    await chooser.setFiles(files);
  }

  open(...names: string[]): Promise<void> {
    return this.openFiles(...names.map(fixture));
  }

  openFiles(...paths: string[]): Promise<void> {
    return this.choose(WORDS.picture.open, paths);
  }

  /** Opens a PNG that is no fixture, over what is open. */
  openPng(name: string, buffer: Buffer): Promise<void> {
    return this.choose(WORDS.picture.open, { name, mimeType: "image/png", buffer });
  }
}
