import { MasksmithError, throwIfAborted } from "@masksmith/core";
import { isDialogOpen, isTyping } from "@masksmith/panel/viewport";
import { deselect, invertSelection, selectAll } from "../document/edits.js";
import { PictureDocument } from "../document/index.js";
import type { BrowserHost } from "../host/browserHost.js";
import { download } from "../host/download.js";
import type { SidePanel } from "../lists/sidePanel.js";
import { openFile } from "../open/openFile.js";
import { writePsdInWorker } from "../psd/inWorker.js";
import type { DocumentView } from "../view/documentView.js";
import { onFileGiven, pickFile } from "./files.js";
import { ask, type Messages } from "./messages.js";

/** From this many pixels on a picture, opened beside an engine at work, would take more memory than a page should. */
const LARGE = 20e6;

/** What the page does with files and keys. */
export class Page {
  readonly #host: BrowserHost;
  readonly #view: DocumentView;
  readonly #lists: SidePanel;
  readonly #messages: Messages;
  readonly #stage: HTMLElement;
  #opened = 0;
  /** The history step last written to a file, or opened. */
  #savedStep = 0;
  #opening: AbortController | null = null;
  /** Frees what can be made again, before memory is taken for a large picture. */
  freeMemory: () => Promise<void> = async () => undefined;

  constructor(host: BrowserHost, view: DocumentView, lists: SidePanel, messages: Messages, stage: HTMLElement) {
    this.#host = host;
    this.#view = view;
    this.#lists = lists;
    this.#messages = messages;
    this.#stage = stage;
  }

  /** Takes drops, pastes and keys, and wears the host's theme. */
  listen(): void {
    onFileGiven(this.#stage, (file) => void this.open(file, file.name));
    window.addEventListener("keydown", (event) => this.#keys(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.#isUnsaved()) event.preventDefault();
    });
    const wear = () => document.documentElement.setAttribute("data-theme", this.#host.theme());
    this.#host.on("theme", wear);
    wear();
  }

  async pick(): Promise<void> {
    const file = await pickFile();
    if (file) await this.open(file, file.name);
  }

  /** Opens the picture that comes with the page, unless the user was quicker with another. */
  async openIncluded(file: Blob, name: string): Promise<void> {
    if (!this.#opening) await this.open(file, name);
  }

  /** Opens a file in place of the open document, and says so if it cannot be read. */
  async open(file: Blob, name: string): Promise<void> {
    try {
      await this.load(file, name);
    } catch (error) {
      const isCancelled = error instanceof MasksmithError && error.kind === "aborted";
      if (isCancelled) return;
      this.#messages.fail(error, this.#host.current ? "Your open document is unchanged." : "");
    }
  }

  /**
   * Opens a file in place of the open document, which stays if the file cannot be read. A newer call takes over.
   * @throws MasksmithError `input` in words for the user; `aborted` if the user or a newer call stopped it.
   */
  async load(file: Blob, name: string): Promise<void> {
    if (this.#isUnsaved() && !(await this.#mayDiscard()))
      throw new MasksmithError("aborted", `“${name}” was not opened because the open document has unsaved changes`);
    this.#opening?.abort();
    const opening = new AbortController();
    const { signal } = opening;
    this.#opening = opening;
    const onProgress = (fraction: number) =>
      this.#messages.busy(`Opening “${name}”…${fraction > 0 ? ` ${Math.floor(fraction * 100)} %` : ""}`, () =>
        opening.abort(),
      );
    onProgress(0);
    await new Promise((resolve) => setTimeout(resolve));
    try {
      const { state, notes } = await openFile(file, name, {
        signal,
        makeRoom: (pixels) => this.#makeRoom(pixels),
        onProgress,
      });
      throwIfAborted(signal);
      this.#show(new PictureDocument(`document-${++this.#opened}`, name, state));
      if (notes.length > 0) this.#messages.tell(`“${name}” is open.`, notes);
      else this.#messages.clear();
    } catch (error) {
      if (this.#opening === opening) this.#messages.clear();
      throw error;
    }
  }

  /** Saves the document as PSD. */
  async save(): Promise<void> {
    const open = this.#host.current;
    if (!open) return;
    const writing = new AbortController();
    this.#messages.busy("Saving PSD…", () => writing.abort());
    const { state } = open;
    const { step } = open.history;
    try {
      const name = open.name.replace(/\.[^.]*$/, "");
      download(await writePsdInWorker(state, writing.signal), name, "image/vnd.adobe.photoshop");
      if (this.#host.current === open) this.#savedStep = step;
      this.#messages.tell("Saved with layers, masks, channels and paths.");
    } catch (error) {
      if (writing.signal.aborted) this.#messages.clear();
      else this.#messages.fail(error, "Your document is still open.");
    }
  }

  async #makeRoom(pixels: number): Promise<void> {
    if (pixels > LARGE) await this.freeMemory();
  }

  #show(opened: PictureDocument): void {
    this.#savedStep = 0;
    this.#view.show(opened);
    this.#host.setDocument(opened);
    this.#lists.show(opened);
  }

  #isUnsaved(): boolean {
    const open = this.#host.current;
    return open !== null && open.history.step !== this.#savedStep;
  }

  #mayDiscard(): Promise<boolean> {
    const name = this.#host.current?.name ?? "";
    return ask(`“${name}” has unsaved changes. Discard them and open another image?`, "Discard changes", "Cancel");
  }

  #keys(event: KeyboardEvent): void {
    const open = this.#host.current;
    if (!(event.ctrlKey || event.metaKey) || !open || isDialogOpen()) return;
    const key = event.key.toLowerCase();
    const edit = (change: ReturnType<typeof deselect>) => change && open.commit(change);
    if (key === "z" && event.altKey) event.shiftKey ? open.redo() : open.undo();
    else if (event.altKey) return;
    else if (key === "s") void this.save();
    else if (key === "o") void this.pick();
    else if (key === "a" && !isTyping(event)) edit(selectAll(open.state));
    else if (key === "d") edit(deselect(open.state));
    else if (key === "i" && event.shiftKey) edit(invertSelection(open.state));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
