import { type Coverage, combineSoft, type Rect, type SoftMask, trimSoft } from "@masksmith/core";
import { toCoverage, uniform } from "../../../hosts/browser/src/document/coverage.js";
import type { Layer } from "../../../hosts/browser/src/document/model.js";
import type { SimDocument } from "./document.js";
import { rectangle } from "./notices.js";
import type { Simulator } from "./simulator.js";
import { withPicture } from "./state.js";

interface Drawn {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const EVENTS = { replace: "set", add: "addTo", subtract: "subtractFrom", intersect: "interfaceWhite" } as const;

/** Draws a marquee: Photoshop combines it with the selection first and tells of it after; the box is in the notice only. */
export function marquee(
  simulator: Simulator,
  document: SimDocument,
  { left, top, right, bottom }: Drawn,
  mode: keyof typeof EVENTS = "replace",
  unit = "pixelsUnit",
): void {
  const rect = { x: left, y: top, width: right - left, height: bottom - top };
  const drawn = toCoverage({ ...rect, data: new Uint8Array(rect.width * rect.height).fill(255) });
  const present = document.selection ?? uniform(0);
  document.act("Rectangular Marquee", document.selected(combineSoft(present, drawn, mode, document.canvas)));
  simulator.tell(EVENTS[mode], simulator.selectionNotice(rectangle(rect, unit)));
}

export function lasso(
  simulator: Simulator,
  document: SimDocument,
  points: readonly (readonly [number, number])[],
): void {
  const [x, y] = [points.map(([px]) => px), points.map(([, py]) => py)];
  const [left, top] = [Math.min(...x), Math.min(...y)];
  const rect = { x: left, y: top, width: Math.max(...x) - left, height: Math.max(...y) - top };
  const drawn = toCoverage({ ...rect, data: new Uint8Array(rect.width * rect.height).fill(255) });
  document.act("Lasso", document.selected(drawn));
  const list = (values: readonly number[]) => ({ _unit: "pixelsUnit", list: values });
  const to = { _obj: "polygon", points: { _objList: "point", horizontal: list(x), vertical: list(y) } };
  simulator.tell("set", simulator.selectionNotice(to));
}

/** @param group the first is 0 here, whatever index Photoshop gives it. */
export function count(simulator: Simulator, document: SimDocument, x: number, y: number, group = 0): void {
  document.counts.push({ groupIndex: group + simulator.variants.countBase, position: { x, y } });
  simulator.tell("countAdd", { x, y });
}

/** Photoshop's own commands on the selection (Inverse, Select Subject): a history step, and no notice that says which. */
export function command(document: SimDocument, name: string, coverage: Coverage | null): void {
  document.act(name, document.selected(coverage));
}

/** The user goes to another document's tab. */
export function switchTo(simulator: Simulator, document: SimDocument): void {
  simulator.active = document;
  simulator.tell("select", { _target: [{ _ref: "document" }], documentID: document.id });
}

export function uncount(simulator: Simulator, document: SimDocument, index: number): void {
  document.counts.splice(index, 1);
  simulator.tell("countDelete", {});
}

export function sample(simulator: Simulator, document: SimDocument, x: number, y: number): void {
  document.samplers.push({ position: { x, y } });
  const px = (_value: number) => ({ _unit: "pixelsUnit", _value });
  const position = { _obj: "paint", horizontal: px(x), vertical: px(y) };
  simulator.tell("make", { _target: [{ _ref: "colorSampler" }], position });
}

export function selectLayers(simulator: Simulator, document: SimDocument, ...ids: number[]): void {
  document.state = { ...document.state, activeLayers: ids };
  simulator.tell("select", { _target: [{ _ref: "layer" }], layerID: ids, makeVisible: false });
}

/** The Crop tool: what lies off the new canvas stays in the layers, as Photoshop keeps it unless told to delete it. */
export function crop(document: SimDocument, { left, top, right, bottom }: Drawn): void {
  const moved = <T extends Rect>(one: T): T => ({ ...one, x: one.x - left, y: one.y - top });
  setGeometry(document, "Crop", right - left, bottom - top, moved);
}

/** Image Size, by nearest neighbours. */
export function resize(document: SimDocument, width: number, height: number): void {
  const [fx, fy] = [width / document.canvas.width, height / document.canvas.height];
  const scaled = <T extends Rect>(one: T): T => {
    const [x, y] = [Math.round(one.x * fx), Math.round(one.y * fy)];
    const rect = { x, y, width: Math.round(one.width * fx), height: Math.round(one.height * fy) };
    const bytes = Object.entries(one).filter(([, value]) => ArrayBuffer.isView(value)) as [string, Uint8Array][];
    return { ...one, ...rect, ...Object.fromEntries(bytes.map(([key, data]) => [key, resampled(data, one, rect)])) };
  };
  setGeometry(document, "Image Size", width, height, scaled);
}

function resampled<T extends Uint8Array>(data: T, from: Rect, to: Rect): T {
  const bytes = data.length / (from.width * from.height || 1);
  const out = new (data.constructor as new (length: number) => T)(to.width * to.height * bytes);
  for (let i = 0; i < to.width * to.height; i++) {
    const x = Math.floor((((i % to.width) + 0.5) * from.width) / to.width);
    const y = Math.floor(((Math.floor(i / to.width) + 0.5) * from.height) / to.height);
    const at = (y * from.width + x) * bytes;
    out.set(data.subarray(at, at + bytes), i * bytes);
  }
  return out;
}

function setGeometry(
  document: SimDocument,
  name: string,
  width: number,
  height: number,
  place: <T extends Rect>(one: T) => T,
): void {
  const { picture } = document.state;
  const canvas = { x: 0, y: 0, width, height };
  const layer = (one: Layer): Layer => {
    const mask = one.mask && place(one.mask);
    return one.kind === "group" ? { ...one, mask, children: one.children.map(layer) } : { ...place(one), mask };
  };
  const inside = (mask: SoftMask) => {
    const { outside: _, ...cut } = trimSoft(toCoverage(place(mask)), canvas);
    return cut;
  };
  const selection = picture.selection && inside(picture.selection);
  const channels = picture.channels.map((one) => ({ ...one, coverage: inside(one.coverage) }));
  const layers = picture.layers.map(layer);
  const kept = selection && selection.width > 0 ? selection : null;
  document.act(name, withPicture(document.state, { width, height, layers, selection: kept, channels, paths: [] }));
}
