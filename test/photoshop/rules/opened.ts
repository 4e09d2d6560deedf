import type { Layer } from "../../../hosts/browser/src/document/model.js";
import { documentState, noise, noiseMask, pixelLayer } from "../../hosts/browser/states.js";
import { Simulator } from "../simulator/simulator.js";
import type { DocumentOptions } from "../simulator/state.js";
import type { Variants } from "../simulator/variants.js";

export const W = 64;
export const H = 48;
export const MASK = noiseMask(9, 6, 22, 17, 3);

interface Image {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  getData(options?: unknown): Promise<Uint8Array | Uint16Array | Float32Array>;
  dispose(): void;
}
interface Answer {
  readonly imageData: Image;
  readonly sourceBounds: Readonly<Record<"left" | "top" | "right" | "bottom", number>>;
  readonly level: number;
}
type Call = (options: Readonly<Record<string, unknown>>) => Promise<Answer>;
interface Scope {
  isCancelled: boolean;
  onCancel?: () => void;
  readonly hostControl: {
    suspendHistory(options: unknown): Promise<object>;
    resumeHistory(suspension: object, commit?: boolean): Promise<void>;
  };
}
export interface Photoshop {
  readonly app: { readonly activeDocument: { readonly selection: { readonly bounds: unknown }; readonly id: number } };
  readonly core: {
    executeAsModal(work: (scope: Scope) => Promise<unknown>, options?: unknown): Promise<unknown>;
  };
  readonly action: {
    batchPlay(commands: readonly unknown[], options?: unknown): Promise<readonly Readonly<Record<string, unknown>>[]>;
    addNotificationListener(events: readonly string[], heard: (event: string, value: unknown) => void): Promise<void>;
  };
  readonly imaging: Readonly<
    Record<
      "getPixels" | "getSelection" | "getLayerMask" | "putSelection" | "putLayerMask" | "putPixels" | "encodeImageData",
      Call
    >
  > & { createImageDataFromBuffer(data: unknown, options: unknown): Promise<Image> };
}

export function open(variants: Partial<Variants> = {}, options: DocumentOptions = {}, layers?: readonly Layer[]) {
  const simulator = new Simulator(variants);
  const document = simulator.open(documentState(W, H, layers), options);
  return { simulator, document, ps: simulator.photoshop as Photoshop };
}

export function usual(changes: Partial<Layer> = {}): Layer {
  return { ...pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 1, true) }), ...changes } as Layer;
}

export const NAMED = { commandName: "Test" };
export const GREY = { components: 1, colorSpace: "Grayscale" };

export async function grey(ps: Photoshop, { width, height, data } = MASK): Promise<Image> {
  return ps.imaging.createImageDataFromBuffer(data, { ...GREY, width, height });
}

export async function select(ps: Photoshop): Promise<void> {
  const imageData = await grey(ps);
  await ps.imaging.putSelection({ imageData, targetBounds: { left: MASK.x, top: MASK.y } });
  imageData.dispose();
}

export const MAKE_MASK = (using: string) => ({
  _obj: "make",
  new: { _class: "channel" },
  at: { _ref: "channel", _enum: "channel", _value: "mask" },
  using: { _enum: "userMaskEnabled", _value: using },
});

export const SELECTION = { _ref: "channel", _property: "selection" };
export const NONE = { _enum: "ordinal", _value: "none" };
