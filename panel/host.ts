import type { Box, Point, Raster, Rle, SoftMask } from "@masksmith/core";
import type { DocumentCanvas } from "./viewport/index.js";

/**
 * The seam between the panel and where it runs (Photoshop, the browser page). The panel knows only this and the Engine.
 * All values survive JSON or a structured clone; masks cross as run lengths or as bytes of their own bounds.
 * Not part of the seam, because it is the same in every page: files carried with the page and the engine's worker
 * (`assets/index.ts`: `loadAsset`, `startEngineWorker`), and the view that shows a picture (`viewport/index.ts`).
 */

/** The open document as far as the panel needs to know it. */
export interface HostDocument {
  /** Unique within a session; never reused. */
  readonly id: string;
  readonly name: string;
  /** Document pixels. */
  readonly width: number;
  readonly height: number;
  /** Changes whenever the composite's pixels may have changed. */
  readonly version: string;
  /** The active layer's name, for labels. */
  readonly activeLayer: string | null;
  /** Outputs that make no sense here, with the reason in words for the user (e.g. "A locked layer takes no mask"). */
  readonly refused: Partial<Readonly<Record<OutputKind, string>>>;
}

/** Whether two states are of one document with one geometry: a crop or a new size makes what lies in it another. */
export function isSameCanvas(a: HostDocument | null, b: HostDocument | null): boolean {
  return a?.id === b?.id && a?.width === b?.width && a?.height === b?.height;
}

export type SelectionMode = "replace" | "add" | "subtract" | "intersect";
export type OutputKind = Output["kind"];

/** Where a result goes. */
export type Output =
  | { readonly kind: "selection"; readonly mode: SelectionMode }
  | { readonly kind: "layer-mask"; readonly mode: SelectionMode }
  /** `decontaminate`: half covered pixels have the object's colour alone; only where the host offers it. */
  | { readonly kind: "new-layer"; readonly decontaminate?: true }
  | { readonly kind: "alpha-channel" }
  | { readonly kind: "path" }
  | { readonly kind: "group" };

/** One object to apply: its soft coverage inside its own bounds, a name, and for groups its place in the tree. */
export interface ApplyItem {
  readonly name: string;
  readonly mask: SoftMask | Rle;
  /** Index in `items` of the group member that contains this one; null at the top. */
  readonly parent: number | null;
}

export interface ApplyRequest {
  readonly documentId: string;
  /** Document pixels that the masks were made for: a document cropped or resized since then takes none of them. */
  readonly size: { readonly width: number; readonly height: number };
  readonly output: Output;
  readonly items: readonly ApplyItem[];
}

export interface HostPixels {
  readonly raster: Raster;
  /** The part of the document the raster shows, document pixels. */
  readonly region: Box<"document">;
  readonly version: string;
}

export type Theme = "darkest" | "dark" | "light" | "lightest";

export interface HostEvents {
  /** Another document, its pixels changed, or none is open any more. */
  readonly document: HostDocument | null;
  /** The user drew a selection in the host: a box or an outline as prompt. */
  readonly selectionDrawn: Box<"document">;
  /** The user placed a point in the host. */
  readonly pointPlaced: { readonly point: Point<"document">; readonly foreground: boolean };
  readonly theme: Theme;
}

/** What kind of file `saveFile` is given; the host names the extension and asks the user where to put it. */
export interface FileToSave {
  readonly suggestedName: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Pictures to go through one after the other, for labelling; the user chose them. */
export interface HostFolder {
  /** Asks the user for pictures, or for a folder of them; their names in order, or null if they cancel. */
  choose(what: "pictures" | "folder"): Promise<readonly string[] | null>;
  /** Opens one of them as the document, by its place in the list; the `document` event follows. */
  open(index: number): Promise<void>;
}

/** How long reading a file may be, to whoever waits for it. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Of the file, 0..1. */
  readonly onProgress?: (fraction: number) => void;
}

/** A folder that the user chose to take a model from. Subfolders are left out. */
export interface ModelFolder {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** A listed file, whole. @throws MasksmithError `model` if it is not listed, or no longer as it was listed. */
  read(name: string, options?: ReadOptions): Promise<Uint8Array>;
}

/** Values that outlive the page, each stored alone under its key: for what is too many or too large for settings. */
export interface HostStore {
  /** What is there under keys that begin with `prefix`, in the keys' order; nothing where the host may not store. */
  entries(prefix: string): Promise<readonly (readonly [key: string, value: unknown])[]>;
  /** @throws MasksmithError `runtime` if the host may not store or has no room; what was there before stays. */
  put(key: string, value: unknown): Promise<void>;
  /** @throws MasksmithError `runtime` */
  delete(key: string): Promise<void>;
}

export interface Host {
  readonly name: "browser" | "photoshop";
  /** The host's own large view of the document, if the panel may draw and listen there; else the panel shows its own. */
  readonly canvas?: DocumentCanvas;
  document(): Promise<HostDocument | null>;
  /**
   * The composite as 8-bit sRGB, straight alpha, long side at most `maxSide`; `region` in document pixels, default all.
   * @throws MasksmithError `state` if the document is gone.
   */
  readPixels(region: Box<"document"> | null, maxSide: number, signal?: AbortSignal): Promise<HostPixels>;
  /**
   * From now on pictures are read of the active layer alone, even where it is hidden, or of the composite; the document's
   * version says which. Absent where the host reads only the composite.
   */
  sampleLayer?(alone: boolean): void;
  /** The current selection, or null. */
  selection(): Promise<SoftMask | null>;
  /**
   * One undo step, or no change at all and an error that says what happened.
   * @param progress hears what part is done, 0..1, where the host knows.
   */
  apply(request: ApplyRequest, signal?: AbortSignal, progress?: (fraction: number) => void): Promise<void>;
  /** False if the user canceled. */
  saveFile(file: FileToSave): Promise<boolean>;
  /**
   * The document as a Photoshop file with a result put in, itself unchanged; absent where the editor saves its own files.
   * @throws MasksmithError as `apply`.
   */
  readonly psd?: (request: ApplyRequest, signal?: AbortSignal) => Promise<FileToSave>;
  /** Set where `saveFile` knows that the file is written; a browser only hands it to its downloads. */
  readonly confirmsSaves?: true;
  /** Whether new layers can have the object's own colours at their rim; absent where the editor itself copies the pixels. */
  readonly decontaminate?: true;
  /** Asks the user for a model's folder; undefined if they cancel. Absent: the page asks by itself. */
  pickModelFolder?(): Promise<ModelFolder | undefined>;
  /** Keeps the folder of the model in use for the next starts; null: none. Absent where the host cannot. */
  keepModelFolder?(folder: ModelFolder | null): Promise<void>;
  /** The kept folder, if any. @throws MasksmithError `model` if it cannot be had any more; it is forgotten then. */
  keptModelFolder?(): Promise<ModelFolder | undefined>;
  /** Absent where the host has no way to go through pictures. */
  readonly folder?: HostFolder;
  theme(): Theme;
  /**
   * Small JSON values that outlive the page where the host may store them. Never throws: storage may be refused. A host
   * whose documents keep their ids when the page is reloaded answers `session` with a text that is the same for as long.
   */
  readSetting(key: string): Promise<unknown>;
  writeSetting(key: string, value: unknown): Promise<void>;
  /** Absent where settings are all that the host keeps. */
  readonly store?: HostStore;
  on<K extends keyof HostEvents>(event: K, listener: (value: HostEvents[K]) => void): () => void;
}
