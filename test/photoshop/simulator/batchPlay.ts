import { cropSoft, intersectRects, invertSoft, isEmptySoft, trimSoft } from "@masksmith/core";
import { composite } from "../../../hosts/browser/src/document/composite.js";
import { uniform } from "../../../hosts/browser/src/document/coverage.js";
import type { Layer, LayerMask, PixelLayer } from "../../../hosts/browser/src/document/model.js";
import { coverageOutlines } from "../../../hosts/browser/src/document/outputs/path.js";
import { changeLayer, insertAbove } from "../../../hosts/browser/src/document/tree.js";
import type { App } from "./app.js";
import type { SimDocument } from "./document.js";
import { withPicture } from "./state.js";

type Reference = Readonly<Record<string, unknown>>;
type Command = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;

const MOST_CHANNELS = 56;

/** Plays one descriptor of those the plugin knows on the active document. Failures are results, not exceptions. */
export function play(simulator: App<SimDocument>, command: Command): Answer {
  const [reference = {}] = (Array.isArray(command._target) ? command._target : []) as Reference[];
  if (command._obj === "get") return get(simulator, command._target as Reference[]);
  if (reference._ref === "document") return selectDocument(simulator, reference);
  const document = simulator.active;
  if (!document) return failed("The command requires an open document");
  simulator.mustWrite(document);
  switch (`${String(command._obj)} ${String(reference._ref ?? "")}`.trim()) {
    case "select layer":
      return selectLayer(document, reference);
    case "select channel":
      return selectChannel(simulator, document, reference);
    case "make":
      return makeMask(simulator, document, command);
    case "make path":
      return makePath(simulator, document, command);
    case "delete channel":
      return deleteMask(document);
    case "duplicate channel":
      return isSelection(reference) ? selectionToChannel(simulator, document, command) : failed("Unknown source");
    case "set channel":
      return isSelection(reference) ? setSelection(document, command) : failed("Unknown target");
    case "set layer":
      return reference._property === "background" ? usual(document, command) : rename(document, reference, command);
    case "duplicate layer":
      return duplicateLayer(simulator, document, command);
    case "copyToLayer":
      return copyToLayer(simulator, document);
    default:
      return failed(`The command “${String(command._obj)}” is not currently available`);
  }
}

function isSelection({ _property }: Reference): boolean {
  return _property === "selection";
}

function get(simulator: App<SimDocument>, target: readonly Reference[]): Answer {
  const layer = target.find(({ _ref }) => _ref === "layer");
  const document = simulator.documentOf(target.find(({ _ref }) => _ref === "document")?._id);
  if (!target.some(({ _property }) => _property === "hasUserMask")) return failed("Unknown property");
  return { hasUserMask: document.layer(layer?._id).mask !== null };
}

function selectDocument(simulator: App<SimDocument>, { _id }: Reference): Answer {
  if (!simulator.inScope) throw new Error("This operation may modify the document: use executeAsModal");
  const found = simulator.documents.find(({ id }) => id === _id);
  if (!found) return failed("The object “document” is not currently available");
  simulator.active = found;
  return {};
}

/** A layer that is active already keeps its mask active, if that is what the user paints on. */
function selectLayer(document: SimDocument, { _id }: Reference): Answer {
  document.layer(_id);
  const active = document.state.activeLayers;
  if (active.length === 1 && active[0] === _id) return {};
  document.change({ ...document.state, activeLayers: [_id as number], activeChannel: "composite" });
  return {};
}

const COMPOSITES: Readonly<Record<string, string>> = {
  RGBColorMode: "RGB",
  CMYKColorMode: "CMYK",
  labColorMode: "lab",
  grayscaleMode: "gray",
};

function selectChannel(simulator: App<SimDocument>, document: SimDocument, { _value }: Reference): Answer {
  const isMask = _value === "mask";
  if (isMask && !document.activeLayer?.mask) return failed("The layer has no mask");
  const isNamed = simulator.variants.composite === "named" && _value === COMPOSITES[document.mode];
  if (!isMask && !isNamed) return failed("The channel is not available");
  document.change({ ...document.state, activeChannel: isMask ? "mask" : "composite" });
  return {};
}

function setMask(document: SimDocument, id: number, mask: LayerMask | null): Answer {
  const layers = changeLayer(document.state.picture.layers, id, (layer) => ({ ...layer, mask }));
  document.change({ ...withPicture(document.state, { layers }), activeChannel: mask ? "mask" : "composite" });
  return {};
}

function makeMask(simulator: App<SimDocument>, document: SimDocument, { using, at }: Command): Answer {
  if ((at as Reference | undefined)?._value !== "mask") return failed("Unknown target");
  const layer = document.activeLayer;
  if (!layer) return failed("No layer is selected");
  if (layer.locked) return failed("Could not add a mask because the layer is locked");
  if (layer.mask) return failed("The layer has a mask already");
  if (/indexed|bitmap|multichannel/i.test(document.mode)) return failed("The document's mode has no layers");
  if (layer.kind === "pixels" && layer.background) {
    if (simulator.variants.backgroundMask === "error") return failed("Could not add a mask to the background layer");
    usual(document, { to: { name: "Layer 0" } });
  }
  const from = String((using as Reference)?._value);
  if (!from.endsWith("Selection")) {
    return setMask(document, layer.id, { ...uniform(from === "hideAll" ? 0 : 255), enabled: true });
  }
  const { maskFromSelection } = simulator.variants;
  const { selection } = document;
  if (!selection || maskFromSelection === "error") return failed("The command “make” is not currently available");
  if (maskFromSelection === "ignores") return setMask(document, layer.id, { ...uniform(255), enabled: true });
  const shown = from === "revealSelection" ? selection : invertSoft(selection);
  document.change(document.selected(null));
  return setMask(document, layer.id, { ...shown, enabled: true });
}

function deleteMask(document: SimDocument): Answer {
  const layer = document.activeLayer;
  if (!layer?.mask) return failed("The layer has no mask");
  return setMask(document, layer.id, null);
}

function setSelection(document: SimDocument, { to }: Command): Answer {
  const source = to as Reference;
  if (source._enum === "ordinal") {
    document.change(document.selected(null));
    return {};
  }
  if (source._value !== "mask") return failed("Unknown source");
  const mask = document.activeLayer?.mask;
  if (!mask) return failed("The layer has no mask");
  document.change(document.selected({ ...cropSoft(mask, document.canvas), outside: 0 }));
  return {};
}

function selectionToChannel(simulator: App<SimDocument>, document: SimDocument, { name }: Command): Answer {
  const { selection } = document.state.picture;
  if (!selection) return failed("There is no selection");
  const channels = document.state.picture.channels;
  if (channels.length + document.colours >= MOST_CHANNELS)
    return failed("The document has the maximum number of channels");
  const made = { id: simulator.newId(), name: String(name), coverage: selection };
  document.change(withPicture(document.state, { channels: [...channels, made] }));
  return {};
}

function makePath(simulator: App<SimDocument>, document: SimDocument, { from, name, tolerance }: Command): Answer {
  const source = (from ?? {}) as Reference;
  const { picture } = document.state;
  if (source._ref === "path" && source._property === "workPath") {
    if (!document.state.workPath) return failed("There is no work path");
    const paths = picture.paths.map((path) => (path.name === "Work Path" ? { ...path, name: String(name) } : path));
    document.change({ ...withPicture(document.state, { paths }), workPath: false });
    return {};
  }
  // As it is recorded; no other spelling has been seen.
  if (source._ref !== "selectionClass" || source._property !== "selection") return failed("Unknown source of a path");
  const { selection } = document;
  const { _value: pixels = 2 } = (tolerance ?? {}) as { readonly _value?: number };
  if (!(pixels >= 0.5 && pixels <= 10)) return failed("The tolerance must be between 0.5 and 10 pixels");
  const outlines = selection ? coverageOutlines(selection, pixels) : [];
  if (outlines.length === 0) return failed("There is no selection");
  const others = picture.paths.filter((path) => path.name !== "Work Path");
  const path = { id: simulator.newId(), name: "Work Path", outlines };
  document.change({ ...withPicture(document.state, { paths: [...others, path], selection: null }), workPath: true });
  return {};
}

function rename(document: SimDocument, { _id }: Reference, { to }: Command): Answer {
  const name = String((to as Reference).name);
  const layers = changeLayer(document.state.picture.layers, _id as number, (layer) => ({ ...layer, name }));
  document.change(withPicture(document.state, { layers }));
  return {};
}

function usual(document: SimDocument, { to }: Command): Answer {
  const name = String((to as Reference).name ?? "Layer 0");
  const background = document.state.picture.layers.find((layer) => layer.kind === "pixels" && layer.background);
  if (!background) return failed("There is no background");
  const change = (layer: Layer) => ({ ...layer, background: false, name }) as PixelLayer;
  const layers = changeLayer(document.state.picture.layers, background.id, change);
  document.change(withPicture(document.state, { layers }));
  return {};
}

function copyToLayer(simulator: App<SimDocument>, document: SimDocument): Answer {
  const source = document.activeLayer;
  if (source?.kind !== "pixels" || document.state.kinds[source.id]) return failed("The layer has no pixels to copy");
  if (document.state.activeChannel !== "composite")
    return failed("The command “copyToLayer” is not currently available");
  const area = document.selection ?? { ...document.canvas, data: new Uint8Array(0), outside: 255 as const };
  // No more than what there is to copy.
  const copied = intersectRects(area, source);
  const { x, y, width, height } = copied;
  const pixels = new Uint8ClampedArray(width * height * 4);
  const plain = { ...source, mask: null, visible: true, opacity: 1, clipped: false, blendMode: "normal" };
  composite({ layers: [plain] }, { x, y, width, height }, pixels);
  const bytes = cropSoft(area, copied).data;
  for (let i = 0, a = 3; a < pixels.length; i++, a += 4) pixels[a] = (pixels[a] * bytes[i]) / 255;
  const alpha = Uint8Array.from({ length: width * height }, (_, i) => pixels[i * 4 + 3]);
  if (isEmptySoft(trimSoft({ x, y, width, height, data: alpha, outside: 0 }, document.canvas))) {
    return failed("No pixels are more than 50% selected");
  }
  const id = simulator.newId();
  const copy: PixelLayer = { ...plain, x, y, width, height, pixels, id, name: "Layer 1", background: false };
  const layers = insertAbove(document.state.picture.layers, source.id, copy);
  document.change({ ...withPicture(document.state, { layers, selection: null }), activeLayers: [id] });
  return {};
}

/** The layer again, right above itself, with all it has: its mask, its lock. */
function duplicateLayer(simulator: App<SimDocument>, document: SimDocument, { name }: Command): Answer {
  const source = document.activeLayer;
  if (source?.kind !== "pixels" || source.background) return failed("The layer cannot be duplicated");
  const id = simulator.newId();
  const layers = insertAbove(document.state.picture.layers, source.id, { ...source, id, name: String(name) });
  const kind = document.state.kinds[source.id];
  const kinds = kind ? { ...document.state.kinds, [id]: kind } : document.state.kinds;
  document.change({ ...withPicture(document.state, { layers }), activeLayers: [id], kinds });
  return {};
}

export function failed(message: string, result = -25922): { _obj: "error"; message: string; result: number } {
  return { _obj: "error", message, result };
}
