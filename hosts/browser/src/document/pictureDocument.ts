import { isEmptyRect, MasksmithError, type Rect, throwIfAborted } from "@masksmith/core";
import type { ApplyRequest, HostDocument, HostPixels } from "@masksmith/panel/host";
import { Pyramid } from "@masksmith/panel/viewport";
import { composite } from "./composite.js";
import { damage } from "./damage.js";
import { History } from "./history.js";
import type { DocumentState } from "./model.js";
import { applied, type Change, checkItems, type Decontaminate, decontaminated, refusals } from "./outputs/index.js";
import { allLayers, findLayer } from "./tree.js";
import { inTurns, pause } from "./turns.js";

const STEPS = 50;
const HISTORY_BYTES = 256 * 2 ** 20;
/** Of the time that new layers in own colours take: what is left when the colours are known. */
const MAKING = 0.1;

/** What has changed: the picture in `damage` (perhaps nowhere), or anything else of the state. */
export interface DocumentChange {
  readonly damage: Rect;
}

/** An open document: its present state, its history, and its picture in all sizes. */
export class PictureDocument {
  readonly id: string;
  readonly name: string;
  readonly pyramid: Pyramid;
  readonly #history: History<DocumentState>;
  readonly #listeners = new Set<(change: DocumentChange) => void>();
  #nextId: number;
  #versions: number;
  #closed = false;

  /** @param id unique in the session, never reused. */
  constructor(id: string, name: string, state: DocumentState) {
    this.id = id;
    this.name = name;
    this.#history = new History("Open", state, { steps: STEPS, bytes: HISTORY_BYTES, buffers });
    this.#versions = state.pixelsVersion;
    this.#nextId = highestId(state) + 1;
    this.pyramid = new Pyramid({
      width: state.width,
      height: state.height,
      read: (region, out) => composite(this.state, region, out),
    });
  }

  get state(): DocumentState {
    return this.#history.state;
  }

  get history(): { readonly labels: readonly string[]; readonly index: number; readonly step: number } {
    return this.#history;
  }

  /** What the panel needs to know. */
  get description(): HostDocument {
    const { width, height, layers, activeLayer, pixelsVersion } = this.state;
    return {
      id: this.id,
      name: this.name,
      width,
      height,
      version: `${this.id}/${pixelsVersion}`,
      activeLayer: findLayer(layers, activeLayer)?.name ?? null,
      refused: refusals(this.state),
    };
  }

  /**
   * Applies a result as one undo step, or changes nothing; in turns with all else that the page does.
   * @param recolour for new layers that are to have the objects' own colours; without it they have the picture's.
   * @param progress hears what part of the work is done, 0..1.
   * @throws MasksmithError `input` (mask or parents wrong), `state` (the document does not take it), `aborted`.
   */
  async apply(
    request: Omit<ApplyRequest, "size">,
    signal?: AbortSignal,
    recolour?: Decontaminate,
    progress?: (fraction: number) => void,
  ): Promise<void> {
    const before = this.state;
    const change = await this.after(request, signal, recolour, progress);
    await pause();
    throwIfAborted(signal);
    if (this.state !== before || this.#closed) {
      throw new MasksmithError("state", "The document changed in the meantime; nothing was applied. Try again.");
    }
    this.commit(change);
  }

  /** What a result would make of the document, which stays as it is; otherwise as `apply`. */
  async after(
    { output, items }: Omit<ApplyRequest, "size">,
    signal?: AbortSignal,
    recolour?: Decontaminate,
    progress: (fraction: number) => void = () => undefined,
  ): Promise<Change> {
    const { state } = this;
    let checked = await inTurns(checkItems(items, state), signal);
    const isOwn = output.kind === "new-layer" && output.decontaminate === true && recolour !== undefined;
    const first = isOwn ? 1 - MAKING : 0;
    if (isOwn) checked = await decontaminated(state, checked, recolour, signal, (part) => progress(first * part));
    const passes = output.kind === "new-layer" ? 2 : 1;
    const total = passes * checked.reduce((sum, { coverage }) => sum + coverage.data.length, 0);
    const onPixels = (pixels: number) => progress(Math.min(1, first + ((1 - first) * pixels) / total));
    return inTurns(
      applied(state, output, checked, () => this.#nextId++),
      signal,
      onPixels,
    );
  }

  /** Adds a step to the history. */
  commit({ label, state }: Change): void {
    const before = this.state;
    const area = damage(before, state);
    const pixelsVersion = isEmptyRect(area) ? before.pixelsVersion : ++this.#versions;
    this.#history.push(label, { ...state, pixelsVersion });
    this.#changed(area);
  }

  /** Changes the state without a step: what is active or open in the list. */
  amend(state: DocumentState): void {
    this.#history.amend(state);
    this.#changed({ x: 0, y: 0, width: 0, height: 0 });
  }

  undo(): boolean {
    return this.goTo(this.#history.index - 1);
  }

  redo(): boolean {
    return this.goTo(this.#history.index + 1);
  }

  /** Goes to a step of the history; false if there is no such step. */
  goTo(index: number): boolean {
    const before = this.state;
    if (!this.#history.go(index)) return false;
    this.#changed(damage(before, this.state));
    return true;
  }

  /** The composite of a region (default: all), reduced to `maxSide`. Costs once a third of the picture, then the region. */
  async readPixels(region: Rect | null, maxSide: number, signal?: AbortSignal): Promise<HostPixels> {
    const { width, height } = this.state;
    const { version } = this.description;
    const area = region ?? { x: 0, y: 0, width, height };
    const raster = await this.pyramid.read(area, maxSide, signal);
    if (this.description.version !== version) return this.readPixels(region, maxSide, signal);
    const box = { x0: area.x, y0: area.y, x1: area.x + area.width, y1: area.y + area.height };
    return { raster: { ...raster, channels: 4 }, region: box as HostPixels["region"], version };
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Nothing can be applied any more. */
  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  #changed(area: Rect): void {
    if (!isEmptyRect(area)) this.pyramid.invalidate(area);
    for (const listener of this.#listeners) listener({ damage: area });
  }
}

function highestId({ layers, channels, paths }: DocumentState): number {
  return [...allLayers(layers), ...channels, ...paths].reduce((most, { id }) => Math.max(most, id), 0);
}

/** Every buffer a state holds. */
function* buffers({ layers, selection, channels }: DocumentState): Generator<ArrayBufferView> {
  for (const layer of allLayers(layers)) {
    if (layer.kind === "pixels") yield layer.pixels;
    if (layer.mask) yield layer.mask.data;
  }
  if (selection) yield selection.data;
  for (const { coverage } of channels) yield coverage.data;
}
