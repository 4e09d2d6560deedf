import { cropSoft } from "@masksmith/core";
import Psd, { type Group, type Layer as PsdLayer } from "@webtoon/psd";
import { writePsdUint8Array } from "ag-psd";
import { beforeAll, describe, expect, test } from "vitest";
import { composite } from "../../../hosts/browser/src/document/composite.js";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { DocumentState, GroupLayer, Layer, PixelLayer } from "../../../hosts/browser/src/document/model.js";
import { PictureDocument } from "../../../hosts/browser/src/document/pictureDocument.js";
import { readPsd, writePsd } from "../../../hosts/browser/src/psd/index.js";
import { packRow, unpackRow } from "../../../hosts/browser/src/psd/packBits.js";
import type { Output } from "../../../panel/host.js";
import { documentState, groupLayer, noise, noiseMask, pixelLayer, random } from "./states.js";

const WIDTH = 64;
const HEIGHT = 48;
const ALL = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
const cup = noiseMask(5, 6, 22, 20, 1);
const saucer = noiseMask(3, 4, 40, 36, 2);

/** A document with everything the outputs make. */
async function worked(): Promise<DocumentState> {
  const open = new PictureDocument("document-1", "test.png", documentState(WIDTH, HEIGHT));
  const outputs: Output[] = [
    { kind: "new-layer" },
    { kind: "alpha-channel" },
    { kind: "path" },
    { kind: "group" },
    { kind: "layer-mask", mode: "replace" },
  ];
  for (const output of outputs) {
    const items = [
      { name: "Saucer", mask: saucer, parent: null },
      { name: "Tasse ä", mask: cup, parent: 0 },
    ];
    await open.apply({ documentId: open.id, output, items });
  }
  return open.state;
}

let state: DocumentState;
let file: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  state = await worked();
  file = writePsd(state);
});

/** What a layer is, without ids and what only the file knows. */
function plain(layer: Layer): unknown {
  const { name, visible, opacity, blendMode, clipped, mask } = layer;
  const own = { name, visible, opacity, blendMode, clipped, mask: mask && { ...mask, data: [...mask.data] } };
  if (layer.kind === "group") return { ...own, children: layer.children.map(plain) };
  const { x, y, width, height, background } = layer;
  return { ...own, x, y, width, height, background, pixels: [...layer.pixels] };
}

function shown(document: DocumentState): Uint8ClampedArray {
  const out = new Uint8ClampedArray(document.width * document.height * 4);
  composite(document, { x: 0, y: 0, width: document.width, height: document.height }, out);
  return out;
}

describe("a saved PSD", () => {
  test("comes back with the same layers, groups and masks, byte for byte", () => {
    const { state: back, notes } = readPsd(file.slice(), "test.psd");
    expect(notes).toEqual([]);
    expect(back.layers.map(plain)).toEqual(state.layers.map(plain));
  });

  test("comes back with its alpha channels", () => {
    const { state: back } = readPsd(file.slice(), "test.psd");
    expect(back.channels.map(({ name }) => name)).toEqual(["Saucer", "Tasse ä"]);
    for (const [i, { coverage }] of back.channels.entries()) {
      expect(cropSoft(toCoverage(coverage), ALL).data).toEqual(
        cropSoft(toCoverage(state.channels[i].coverage), ALL).data,
      );
    }
  });

  test("comes back with its paths, to a hundredth of a pixel", () => {
    const { state: back } = readPsd(file.slice(), "test.psd");
    expect(back.paths.map(({ name }) => name)).toEqual(["Saucer", "Tasse ä"]);
    for (const [i, { outlines }] of back.paths.entries()) {
      const points = outlines.flatMap((outline) => [...(outline.points as Float64Array)]);
      const before = state.paths[i].outlines.flatMap((outline) => [...(outline.points as Int32Array)]);
      expect(points).toHaveLength(before.length);
      for (const [k, value] of points.entries()) expect(value).toBeCloseTo(before[k], 2);
    }
  });

  test("is the same to another reader: tree, bounds, pixels, masks, flat picture", async () => {
    const psd = Psd.parse(file.slice().buffer);
    expect([psd.width, psd.height, psd.channelCount]).toEqual([WIDTH, HEIGHT, 3 + 2]);
    // That reader lists the topmost first.
    const [objects, second, first, bottom] = psd.children as [Group, PsdLayer, PsdLayer, PsdLayer];
    expect([objects.name, second.name, first.name, bottom.name]).toEqual([
      "Objects",
      "Tasse ä",
      "Saucer",
      "Background",
    ]);
    const [inner] = objects.children as Group[];
    expect(inner.children.map(({ name }) => name)).toEqual(["Tasse ä", "Saucer"]);
    const layer = inner.children[0] as PsdLayer;
    expect([layer.left, layer.top, layer.width, layer.height]).toEqual([cup.x, cup.y, cup.width, cup.height]);
    const mask = (await layer.userMask()) ?? new Uint8Array(0);
    expect([...mask.filter((_, i) => i % 4 === 0)]).toEqual([...cup.data]);
    const own = ((state.layers[3] as GroupLayer).children[0] as GroupLayer).children[1] as PixelLayer;
    expect([...(await layer.composite(false, false))]).toEqual([...own.pixels]);
    expect(await psd.composite()).toEqual(shown(state));
  });

  test("has its alpha channels where the format puts them", () => {
    // A second decoder, straight from the specification: header, three sections, then rows by PackBits.
    const view = new DataView(file.buffer);
    let at = 26;
    for (let section = 0; section < 3; section++) at += 4 + view.getUint32(at);
    expect(view.getUint16(at)).toBe(1);
    const rows = 5 * HEIGHT;
    let row = at + 2 + rows * 2;
    const channel: number[] = [];
    for (let i = 0; i < rows; i++) {
      const end = row + view.getUint16(at + 2 + i * 2);
      for (let p = row; i >= 4 * HEIGHT && p < end; ) {
        const code = view.getInt8(p++);
        if (code >= 0) for (let k = 0; k <= code; k++) channel.push(view.getUint8(p++));
        else if (code > -128) channel.push(...new Array(1 - code).fill(view.getUint8(p++)));
      }
      row = end;
    }
    expect(row).toBe(file.length);
    expect(channel).toEqual([...cropSoft(toCoverage(cup), ALL).data]);
  });

  test("keeps what else a file said: resources, effects, text of its layers", () => {
    const imageData = { width: WIDTH, height: HEIGHT, data: noise(WIDTH, HEIGHT, 4, true) };
    const original = writePsdUint8Array({
      width: WIDTH,
      height: HEIGHT,
      imageData,
      imageResources: { xmpMetadata: "<x>kept</x>", resolutionInfo: RESOLUTION },
      children: [
        { name: "Shadowed", imageData, effects: { dropShadow: [{ enabled: true, opacity: 0.4 }] } },
        { name: "Curves", adjustment: { type: "invert" } },
      ],
    });
    const first = readPsd(original, "rich.psd");
    expect(first.notes).toEqual([
      "Not shown, but kept: adjustments (one layer).",
      "Not shown, but kept: layer effects (one layer).",
    ]);
    const { state: again } = readPsd(writePsd(first.state), "rich.psd");
    const extras = again.layers.map((layer) => layer.extras as { effects?: unknown; adjustment?: unknown });
    expect(extras[0].effects).toMatchObject({ dropShadow: [{ enabled: true }] });
    expect(extras[1].adjustment).toEqual({ type: "invert" });
    const { psd } = again.extras as { psd: { imageResources: object } };
    expect(psd.imageResources).toMatchObject({ xmpMetadata: "<x>kept</x>", resolutionInfo: RESOLUTION });
  });

  test("keeps opacity, visibility, blend mode, clipping and isolated groups", () => {
    const layers = [
      pixelLayer(1, { width: WIDTH, height: HEIGHT, pixels: noise(WIDTH, HEIGHT, 1, false) }),
      groupLayer(
        2,
        [pixelLayer(3, { x: -5, y: 7, width: 9, height: 8, pixels: noise(9, 8, 2, false), visible: false })],
        {
          blendMode: "normal",
          opacity: 102 / 255,
          expanded: false,
        },
      ),
      pixelLayer(4, { x: 50, y: 40, width: 30, height: 30, pixels: noise(30, 30, 3, false), blendMode: "multiply" }),
      pixelLayer(5, { width: 10, height: 10, pixels: noise(10, 10, 5, false), clipped: true }),
    ];
    const before = documentState(WIDTH, HEIGHT, layers);
    const { state: back } = readPsd(writePsd(before), "test.psd");
    expect(back.layers.map(plain)).toEqual(before.layers.map(plain));
    expect(shown(back)).toEqual(shown(before));
  });
});

const RESOLUTION = {
  horizontalResolution: 300,
  horizontalResolutionUnit: "PPI",
  widthUnit: "Inches",
  verticalResolution: 300,
  verticalResolutionUnit: "PPI",
  heightUnit: "Inches",
} as const;

describe("opening", () => {
  test("a flat file with an alpha channel: its fourth channel is no transparency", () => {
    const flat = writePsd({ ...documentState(WIDTH, HEIGHT), channels: [{ id: 9, name: "Matte", coverage: cup }] });
    // Without the layer section, as a flattened file is saved.
    const view = new DataView(flat.buffer);
    let at = 26;
    for (let section = 0; section < 2; section++) at += 4 + view.getUint32(at);
    const length = view.getUint32(at);
    const rest = flat.slice(at + 4 + length);
    const bytes = new Uint8Array(at + 4 + rest.length);
    bytes.set(flat.subarray(0, at));
    bytes.set(rest, at + 4);
    const { state: back } = readPsd(bytes, "flat.psd");
    expect(back.layers).toHaveLength(1);
    expect(back.layers[0]).toMatchObject({ name: "Background", background: true });
    expect(shown(back)).toEqual(shown(documentState(WIDTH, HEIGHT)));
    expect(cropSoft(toCoverage(back.channels[0].coverage), ALL).data).toEqual(cropSoft(toCoverage(cup), ALL).data);
  });

  test("a damaged file fails in words that name it, wherever it is cut", () => {
    for (const share of [0.01, 0.2, 0.5, 0.8]) {
      const cut = file.slice(0, Math.floor(file.length * share));
      expect(() => readPsd(cut, "cut.psd"), `${share}`).toThrow(/“cut.psd”/);
    }
  });
});

describe("PackBits", () => {
  test("gives back every row, and never more than the worst case", () => {
    const next = random(5);
    for (let i = 0; i < 200; i++) {
      const length = 1 + Math.floor(next() * 700);
      const alphabet = 1 + Math.floor(next() * 3);
      const row = Uint8Array.from({ length }, () => Math.floor(next() * alphabet));
      const packed = new Uint8Array(length + Math.ceil(length / 128) + 1);
      const end = packRow(row, packed, 0);
      const back = new Uint8Array(length);
      unpackRow(packed.subarray(0, end), back);
      expect(back).toEqual(row);
      expect(end).toBeLessThanOrEqual(length + Math.ceil(length / 128));
    }
  });
});
