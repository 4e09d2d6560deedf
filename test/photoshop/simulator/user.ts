import { combine, toCoverage, uniform } from "../../../hosts/browser/src/document/coverage.js";
import type { Coverage } from "../../../hosts/browser/src/document/model.js";
import type { SimDocument } from "./document.js";
import { rectangle } from "./notices.js";
import type { Simulator } from "./simulator.js";

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
  document.act("Rectangular Marquee", document.selected(combine(present, drawn, mode, document.canvas)));
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
