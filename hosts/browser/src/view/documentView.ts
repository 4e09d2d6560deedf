import { isEmptyRect } from "@masksmith/core";
import { PictureView } from "@masksmith/panel/viewport";
import type { PictureDocument } from "../document/index.js";
import { MarchingAnts } from "./marchingAnts.js";

/** The open document with its selection, kept up to date. */
export class DocumentView {
  readonly picture = new PictureView(
    "Image. Plus and minus zoom, 0 fits it in the window, 1 shows actual pixels, Ctrl with the arrow keys pans.",
  );
  readonly #ants = new MarchingAnts(() => this.picture.invalidate());
  #forget: () => void = () => undefined;

  constructor() {
    this.picture.decoration = this.#ants;
  }

  show(document: PictureDocument | null): void {
    this.#forget();
    this.picture.show(document?.pyramid ?? null);
    this.#ants.selection = document?.state.selection ?? null;
    if (!document) return;
    this.#forget = document.onChange(({ damage }) => {
      this.#ants.selection = document.state.selection;
      if (!isEmptyRect(damage)) this.picture.pictureChanged(damage);
    });
  }
}
