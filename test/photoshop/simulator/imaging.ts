import { type Coverage, combineSoft, cropSoft, type Rect, readSoftRow, trimSoft } from "@masksmith/core";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { LayerMask } from "../../../hosts/browser/src/document/model.js";
import { changeLayer } from "../../../hosts/browser/src/document/tree.js";
import type { App } from "./app.js";
import type { SimDocument } from "./document.js";
import { alone, contentOf, crop, rectAround, reduce, resample, targetOf } from "./reduced.js";
import { channelOf, type Samples, storedAs } from "./samples.js";
import { withPicture } from "./state.js";

type Options = Readonly<Record<string, unknown>>;

interface Stored {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly componentSize: number;
  readonly colorSpace: string;
  readonly data: Samples;
}

/** "Plugin memory usage increased to: 600MB." */
const WARNING_BYTES = 600e6;

/** Photoshop's imaging module, with a count of what nobody disposed of. */
export class Imaging {
  readonly #simulator: App<SimDocument>;
  readonly #alive = new Map<object, Stored>();
  bytes = 0;
  peak = 0;
  /** Photoshop's own warning when a plugin holds too much. */
  warned = false;

  constructor(simulator: App<SimDocument>) {
    this.#simulator = simulator;
  }

  /** Image data that was never disposed of. */
  get leaked(): number {
    return this.#alive.size;
  }

  get module(): unknown {
    return {
      getPixels: (options: Options) => this.#getPixels(options),
      getSelection: (options: Options) => this.#getSelection(options),
      getLayerMask: (options: Options) => this.#getLayerMask(options),
      putSelection: (options: Options) => this.#putSelection(options),
      putLayerMask: (options: Options) => this.#putLayerMask(options),
      putPixels: (options: Options) => this.#putPixels(options),
      encodeImageData: (options: Options) => this.#encode(options),
      createImageDataFromBuffer: (data: unknown, options: Options) => this.#create(data, options),
    };
  }

  async #getPixels(options: Options): Promise<unknown> {
    await this.#simulator.step("getPixels");
    const document = this.#simulator.documentOf(options.documentID);
    this.#mustHavePixels(document, options);
    const layer = options.layerID === undefined ? null : alone(document, options.layerID);
    const region = options.sourceBounds || !layer ? rectOf(options.sourceBounds, document) : rectAround(layer);
    const { level, pixel } = this.#level(region, options.targetSize);
    const shown = layer ? { layers: [layer] } : document.state.picture;
    const reduced = reduce(shown, document.canvas, region, pixel, this.#simulator.variants.levelRounding);
    const content = contentOf(reduced);
    if (!content) return this.#nothing("RGB", 4);
    const cut = crop(reduced, content);
    const target = targetOf(options.targetSize, reduced, cut);
    const sized = target ? resample(cut, target.width, target.height) : cut;
    const opaque = shown.layers.some((one) => one.kind === "pixels" && one.background && one.visible);
    const stored = storedAs(sized, document.mode, document.options.bits ?? 8, opaque, options);
    const [left, top] = [reduced.left + content.x, reduced.top + content.y];
    const sourceBounds = { left, top, right: left + content.width, bottom: top + content.height };
    return { imageData: this.#keep(stored), sourceBounds, level };
  }

  #mustHavePixels(document: SimDocument, { colorSpace, colorProfile }: Options): void {
    const { exoticPixels, profiles } = this.#simulator.variants;
    if (/bitmap|multichannel/i.test(document.mode) && exoticPixels === "throws") throw new Error("Unsupported mode");
    if (/bitmap|multichannel|indexed/i.test(document.mode) && colorSpace !== "RGB") throw new Error("Unsupported mode");
    if (colorProfile !== undefined && profiles === "refused") throw new Error("The color profile is not available");
  }

  /** The reduced picture Photoshop reads from: any of half size or less, as far as it keeps them. */
  #level(region: Rect, targetSize: unknown): { level: number; pixel: number } {
    const { width, height } = (targetSize ?? {}) as { width?: number; height?: number };
    const factor = Math.min(region.width / (width ?? region.width), region.height / (height ?? region.height));
    const level = Math.max(Math.min(Math.floor(Math.log2(factor)), this.#simulator.variants.cacheLevels - 1), 0);
    return { level, pixel: 2 ** level };
  }

  async #getSelection({ documentID, sourceBounds }: Options): Promise<unknown> {
    await this.#simulator.step("getSelection");
    const document = this.#simulator.documentOf(documentID);
    if (!document.selection) throw new Error("There is no selection");
    return this.#mask(document.selection, rectOf(sourceBounds, document), document);
  }

  async #getLayerMask({ documentID, layerID, sourceBounds }: Options): Promise<unknown> {
    await this.#simulator.step("getLayerMask");
    const document = this.#simulator.documentOf(documentID);
    const { mask } = document.layer(layerID);
    if (!mask) throw new Error("The layer has no user mask");
    return this.#mask(mask, rectOf(sourceBounds, document), document);
  }

  /** Trimmed to what differs from the surroundings, even where bounds were asked for. */
  #mask(coverage: Coverage, region: Rect, document: SimDocument): unknown {
    const { x, y, width, height } = trimSoft({ ...coverage }, region);
    const cut = cropSoft(coverage, { x, y, width, height });
    if (cut.width === 0 || cut.height === 0) return this.#nothing("Grayscale", 1);
    const bits = document.options.bits ?? 8;
    const data = channelOf(cut.data, bits);
    const stored = { width: cut.width, height: cut.height, components: 1, componentSize: bits, data };
    const sourceBounds = { left: cut.x, top: cut.y, right: cut.x + cut.width, bottom: cut.y + cut.height };
    return { imageData: this.#keep({ ...stored, colorSpace: "Grayscale" }), sourceBounds, level: 0 };
  }

  #nothing(colorSpace: string, components: number): unknown {
    if (this.#simulator.variants.empty === "throw") throw new Error("There are no pixels in the requested area");
    const stored = { width: 0, height: 0, components, componentSize: 8, colorSpace, data: new Uint8Array(0) };
    return { imageData: this.#keep(stored), sourceBounds: { left: 0, top: 0, right: 0, bottom: 0 }, level: 0 };
  }

  async #putSelection({ documentID, imageData, replace = true, targetBounds }: Options): Promise<void> {
    await this.#simulator.step("putSelection");
    const document = this.#simulator.documentOf(documentID);
    this.#simulator.mustWrite(document);
    const given = this.#grey(imageData, targetBounds);
    if (document.quickMask) return;
    const present = document.selection;
    const mode = replace || !present ? "replace" : "add";
    document.change(document.selected(combineSoft(present ?? given, given, mode, document.canvas)));
  }

  async #putLayerMask({ documentID, layerID, imageData, replace = true, targetBounds }: Options): Promise<void> {
    await this.#simulator.step("putLayerMask");
    const document = this.#simulator.documentOf(documentID);
    this.#simulator.mustWrite(document);
    const given = this.#grey(imageData, targetBounds);
    const { mask, name, locked } = document.layer(layerID);
    const { putMask, putOutside, keepsAround, putMaskFails, redraws } = this.#simulator.variants;
    const kind = document.state.kinds[layerID as number] ?? "";
    if (putMaskFails && (/color|gradient|pattern/i.test(kind) || /lab/i.test(document.mode))) {
      throw new Error("The layer mask could not be written");
    }
    document.isStale ||= !redraws;
    if (locked) throw new Error(`The layer ${name} is locked`);
    if (!mask && putMask === "rejects") throw new Error("The layer has no user mask");
    const ground: Coverage = { ...given, x: 0, y: 0, width: 0, height: 0, outside: putOutside === "white" ? 255 : 0 };
    const keeps = replace === false && keepsAround && mask;
    const next: LayerMask = { ...over(keeps ? mask : ground, given, document.canvas), enabled: true };
    const layers = changeLayer(document.state.picture.layers, layerID as number, (one) => ({ ...one, mask: next }));
    document.change(withPicture(document.state, { layers }));
  }

  /** Only to usual pixel layers, where the left and top of the bounds say; with `replace` nothing else of the layer stays. */
  async #putPixels({ documentID, layerID, imageData, replace = true, targetBounds }: Options): Promise<void> {
    await this.#simulator.step("putPixels");
    const document = this.#simulator.documentOf(documentID);
    this.#simulator.mustWrite(document);
    const stored = this.#alive.get(imageData as object);
    if (!stored) throw new Error("The image data was disposed of");
    const layer = document.layer(layerID);
    if (layer.kind !== "pixels" || document.state.kinds[layer.id] || layer.background) {
      throw new Error("The layer is no pixel layer");
    }
    if (!replace) throw new Error("putPixels without replace: not simulated");
    const { left = 0, top = 0 } = (targetBounds ?? {}) as { left?: number; top?: number };
    const { width, height, components, data } = stored;
    const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < components; c++) pixels[i * 4 + c] = data[i * components + c];
    }
    const change = { x: left, y: top, width, height, pixels };
    const layers = changeLayer(document.state.picture.layers, layer.id, (one) => ({ ...one, ...change }) as typeof one);
    document.change(withPicture(document.state, { layers }));
  }

  async #encode({ imageData }: Options): Promise<string> {
    await this.#simulator.step("encodeImageData");
    const stored = this.#alive.get(imageData as object);
    if (!stored) throw new Error("The image data was disposed of");
    if (stored.colorSpace !== "RGB" || stored.components !== 3) throw new Error("cannot be encoded as jpeg");
    return "/9j/";
  }

  /** @throws unless it is live grey image data of one component. */
  #grey(imageData: unknown, targetBounds: unknown): Coverage {
    const stored = this.#alive.get(imageData as object);
    if (!stored) throw new Error("The image data was disposed of");
    if (stored.components !== 1 || stored.colorSpace !== "Grayscale") throw new Error("A grayscale image is required");
    const { left = 0, top = 0 } = (targetBounds ?? {}) as { left?: number; top?: number };
    const { width, height, data } = stored;
    return toCoverage({ x: left, y: top, width, height, data: Uint8Array.from(data as Uint8Array) });
  }

  async #create(data: unknown, options: Options): Promise<unknown> {
    await this.#simulator.step("createImageDataFromBuffer");
    const tag = Object.prototype.toString.call(data).slice(8, -1);
    if (!["Uint8Array", "Uint16Array", "Float32Array"].includes(tag)) throw new Error("A typed array is required");
    const { width, height, components, colorSpace } = options as Readonly<Record<string, number>> & {
      colorSpace?: string;
    };
    if (!width || !height || !components || !colorSpace)
      throw new Error("width, height, components, colorSpace required");
    const bytes = data as Uint8Array;
    if (bytes.length !== width * height * components) throw new Error("The buffer's length does not fit its size");
    const componentSize = bytes.BYTES_PER_ELEMENT * 8;
    return this.#keep({ width, height, components, componentSize, colorSpace, data: bytes.slice() });
  }

  #keep(stored: Stored): unknown {
    const imaging = this;
    const { width, height, components, componentSize, colorSpace } = stored;
    const image = {
      ...{ width, height, components, componentSize, colorSpace, type: "image/uncompressed" },
      hasAlpha: components % 2 === 0,
      async getData() {
        await imaging.#simulator.step("getData");
        if (!imaging.#alive.has(image)) throw new Error("The image data was disposed of");
        return stored.data.slice();
      },
      dispose() {
        if (imaging.#alive.delete(image)) imaging.bytes -= stored.data.byteLength;
      },
    };
    this.#alive.set(image, stored);
    this.bytes += stored.data.byteLength;
    this.peak = Math.max(this.peak, this.bytes);
    this.warned ||= this.bytes > WARNING_BYTES;
    return image;
  }
}

/** `given` laid over `ground`: its own bounds replace what was there. */
function over(ground: Coverage, given: Coverage, canvas: Rect): Coverage {
  const all = { ...cropSoft(ground, canvas), data: cropSoft(ground, canvas).data.slice() };
  const row = new Uint8Array(given.width);
  for (let y = Math.max(given.y, 0); y < Math.min(given.y + given.height, canvas.height); y++) {
    readSoftRow(given, given.x, y, row);
    for (let i = 0; i < row.length; i++) {
      const x = given.x + i;
      if (x >= 0 && x < canvas.width) all.data[y * canvas.width + x] = row[i];
    }
  }
  return trimSoft(all, canvas);
}

function rectOf(bounds: unknown, document: SimDocument): Rect {
  if (!bounds) return document.canvas;
  const { left, top, right, bottom, width, height } = bounds as Readonly<Record<string, number>>;
  return { x: left, y: top, width: (right ?? left + width) - left, height: (bottom ?? top + height) - top };
}
