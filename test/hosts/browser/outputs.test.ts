import { cropSoft, encodeRle, rleToSoft, type SoftMask } from "@masksmith/core";
import { beforeEach, describe, expect, test } from "vitest";
import { composite } from "../../../hosts/browser/src/document/composite.js";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { DocumentState, GroupLayer, Layer, PixelLayer } from "../../../hosts/browser/src/document/model.js";
import { PictureDocument } from "../../../hosts/browser/src/document/pictureDocument.js";
import { findLayer } from "../../../hosts/browser/src/document/tree.js";
import type { ApplyItem, Output } from "../../../panel/host.js";
import { documentState, noise, noiseMask, pixelLayer } from "./states.js";

const WIDTH = 40;
const HEIGHT = 30;
const ALL = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

function item(mask: ApplyItem["mask"], name = "Cup", parent: number | null = null): ApplyItem {
  return { name, mask, parent };
}

function shown(state: DocumentState): Uint8ClampedArray {
  const out = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  composite(state, ALL, out);
  return out;
}

/** Every byte and every word of a state, to compare states by. */
function snapshot(state: DocumentState): string {
  return JSON.stringify(state, (_, value) => (ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value));
}

function bytes(mask: SoftMask | null): number[] {
  return mask ? [...cropSoft(toCoverage(mask), ALL).data] : new Array(WIDTH * HEIGHT).fill(0);
}

const cup = noiseMask(5, 6, 12, 10, 1);
const saucer = noiseMask(3, 4, 20, 16, 2);

let open: PictureDocument;
const apply = (output: Output, items: readonly ApplyItem[], signal?: AbortSignal) =>
  open.apply({ documentId: open.id, output, items }, signal);

beforeEach(() => {
  open = new PictureDocument("document-1", "test.png", documentState(WIDTH, HEIGHT));
});

describe("selection", () => {
  test("replaces, adds, subtracts and intersects, soft as the masks are", async () => {
    await apply({ kind: "selection", mode: "replace" }, [item(cup)]);
    expect(bytes(open.state.selection)).toEqual(bytes(cup));
    await apply({ kind: "selection", mode: "add" }, [item(saucer)]);
    const both = bytes(cup).map((value, i) => Math.max(value, bytes(saucer)[i]));
    expect(bytes(open.state.selection)).toEqual(both);
    await apply({ kind: "selection", mode: "subtract" }, [item(cup)]);
    const rest = both.map((value, i) => Math.min(value, 255 - bytes(cup)[i]));
    expect(bytes(open.state.selection)).toEqual(rest);
    await apply({ kind: "selection", mode: "intersect" }, [item(saucer)]);
    expect(bytes(open.state.selection)).toEqual(rest.map((value, i) => Math.min(value, bytes(saucer)[i])));
    expect(open.history.index).toBe(4);
  });

  test("takes run lengths, and several objects as their union", async () => {
    const rle = encodeRle(
      Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 7 === 0 ? 1 : 0)),
      WIDTH,
      HEIGHT,
    );
    await apply({ kind: "selection", mode: "replace" }, [item(rle), item(cup)]);
    const runs = bytes(rleToSoft(rle));
    expect(bytes(open.state.selection)).toEqual(bytes(cup).map((value, i) => Math.max(value, runs[i])));
  });

  test("subtracting all of it leaves no selection", async () => {
    const solid = { ...cup, data: new Uint8Array(cup.data.length).fill(255) };
    await apply({ kind: "selection", mode: "replace" }, [item(solid)]);
    await apply({ kind: "selection", mode: "subtract" }, [item(solid)]);
    expect(open.state.selection).toBeNull();
  });

  test("does not say that the picture changed", async () => {
    const { version } = open.description;
    await apply({ kind: "selection", mode: "replace" }, [item(cup)]);
    expect(open.description.version).toBe(version);
  });
});

describe("layer mask", () => {
  const masked = () => findLayer(open.state.layers, open.state.activeLayer) as Layer;

  test("turns the background into a layer and shows the object alone", async () => {
    const before = shown(open.state);
    await apply({ kind: "layer-mask", mode: "replace" }, [item(cup)]);
    expect(masked()).toMatchObject({ name: "Layer 0", background: false });
    const alpha = [...shown(open.state)].filter((_, i) => i % 4 === 3);
    expect(alpha).toEqual(bytes(cup));
    const colours = shown(open.state).filter((_, i) => i % 4 !== 3 && alpha[Math.floor(i / 4)] > 0);
    expect(colours).toEqual(before.filter((_, i) => i % 4 !== 3 && alpha[Math.floor(i / 4)] > 0));
  });

  test("subtracted from a layer without mask hides the object", async () => {
    await apply({ kind: "layer-mask", mode: "subtract" }, [item(cup)]);
    const alpha = [...shown(open.state)].filter((_, i) => i % 4 === 3);
    expect(alpha).toEqual(bytes(cup).map((value) => 255 - value));
  });

  test("adds to, subtracts from and intersects with the mask that is there", async () => {
    await apply({ kind: "layer-mask", mode: "replace" }, [item(cup)]);
    await apply({ kind: "layer-mask", mode: "add" }, [item(saucer)]);
    const both = bytes(cup).map((value, i) => Math.max(value, bytes(saucer)[i]));
    expect([...cropSoft(masked().mask!, ALL).data]).toEqual(both);
    await apply({ kind: "layer-mask", mode: "subtract" }, [item(cup)]);
    expect([...cropSoft(masked().mask!, ALL).data]).toEqual(both.map((v, i) => Math.min(v, 255 - bytes(cup)[i])));
  });

  test("is refused on a locked layer, in words, without a step", async () => {
    const locked = pixelLayer(1, { width: WIDTH, height: HEIGHT, pixels: noise(WIDTH, HEIGHT, 1, true), locked: true });
    open = new PictureDocument("document-2", "locked.psd", documentState(WIDTH, HEIGHT, [locked]));
    expect(open.description.refused["layer-mask"]).toContain("locked");
    const before = snapshot(open.state);
    await expect(apply({ kind: "layer-mask", mode: "replace" }, [item(cup)])).rejects.toMatchObject({ kind: "state" });
    expect(snapshot(open.state)).toBe(before);
    expect(open.history.index).toBe(0);
  });

  test("says that the picture changed, and where", async () => {
    const { version } = open.description;
    const damaged: unknown[] = [];
    open.onChange(({ damage }) => damaged.push(damage));
    await apply({ kind: "layer-mask", mode: "replace" }, [item(cup)]);
    expect(open.description.version).not.toBe(version);
    expect(damaged).toEqual([ALL]);
  });
});

describe("new layer", () => {
  test("holds the active layer's pixels in the mask's bounds, alpha times coverage", async () => {
    const before = shown(open.state);
    await apply({ kind: "new-layer" }, [item(cup)]);
    const layer = findLayer(open.state.layers, open.state.activeLayer) as PixelLayer;
    expect(layer).toMatchObject({ name: "Cup", x: cup.x, y: cup.y, width: cup.width, height: cup.height });
    expect([...layer.pixels].filter((_, i) => i % 4 === 3)).toEqual([...cup.data]);
    const at = ((cup.y + 3) * WIDTH + cup.x + 4) * 4;
    const own = (3 * cup.width + 4) * 4;
    expect(layer.pixels.subarray(own, own + 3)).toEqual(before.subarray(at, at + 3));
    expect(open.state.layers.map(({ name }) => name)).toEqual(["Background", "Cup"]);
  });

  test("gives each object its own, with names that differ", async () => {
    await apply({ kind: "new-layer" }, [item(cup), item(saucer)]);
    expect(open.state.layers.map(({ name }) => name)).toEqual(["Background", "Cup", "Cup 2"]);
  });

  test("is refused where the active layer has nothing, without a step", async () => {
    const small = pixelLayer(2, { x: 30, y: 25, width: 4, height: 4, pixels: noise(4, 4, 1, true) });
    const state = documentState(WIDTH, HEIGHT);
    open = new PictureDocument("document-2", "a.psd", { ...state, layers: [...state.layers, small], activeLayer: 2 });
    await expect(apply({ kind: "new-layer" }, [item(cup)])).rejects.toThrow(/no pixels where “Cup” is/);
    expect(open.history.index).toBe(0);
  });
});

describe("alpha channel and path", () => {
  test("keeps the coverage under the object's name", async () => {
    await apply({ kind: "alpha-channel" }, [item(cup), item(saucer, "Saucer")]);
    expect(open.state.channels.map(({ name }) => name)).toEqual(["Cup", "Saucer"]);
    expect(bytes(open.state.channels[0].coverage)).toEqual(bytes(cup));
  });

  test("refuses more channels than Photoshop takes", async () => {
    const many = Array.from({ length: 53 }, (_, i) => item(cup, `Object ${i}`));
    await apply({ kind: "alpha-channel" }, many);
    expect(open.description.refused["alpha-channel"]).toContain("53");
    await expect(apply({ kind: "alpha-channel" }, [item(cup)])).rejects.toMatchObject({ kind: "state" });
    expect(open.state.channels).toHaveLength(53);
  });

  test("outlines what is half covered, in document pixels, with its hole", async () => {
    const ring = new Uint8Array(10 * 8).fill(200);
    for (let y = 3; y < 5; y++) ring.fill(100, y * 10 + 4, y * 10 + 7);
    await apply({ kind: "path" }, [item({ x: 7, y: 9, width: 10, height: 8, data: ring })]);
    const [outer, hole] = open.state.paths[0].outlines;
    expect([...(outer.points as Int32Array)].sort((a, b) => a - b)).toEqual([7, 7, 9, 9, 17, 17, 17, 17]);
    expect(hole).toMatchObject({ hole: true });
  });
});

describe("group", () => {
  test("nests masked layers as the objects lie in each other", async () => {
    await apply({ kind: "group" }, [
      item(saucer, "Saucer"),
      item(cup, "Cup", 0),
      item(noiseMask(30, 2, 5, 5, 3), "Spoon"),
    ]);
    const group = open.state.layers[1] as GroupLayer;
    expect(group.name).toBe("Objects");
    const names = (layers: readonly Layer[]): unknown[] =>
      layers.map((layer) => (layer.kind === "group" ? { [layer.name]: names(layer.children) } : layer.name));
    expect(names(group.children)).toEqual([{ Saucer: ["Saucer", "Cup"] }, "Spoon"]);
    const inner = (group.children[0] as GroupLayer).children[1] as PixelLayer;
    expect(inner).toMatchObject({ x: cup.x, y: cup.y, width: cup.width, height: cup.height });
    expect([...inner.mask!.data]).toEqual([...cup.data]);
    expect(open.history.labels).toEqual(["Open", "Layer group: 3 objects"]);
  });

  test("refuses parents that go in a circle", async () => {
    const items = [item(cup, "A", 1), item(saucer, "B", 0)];
    await expect(apply({ kind: "group" }, items)).rejects.toMatchObject({ kind: "input" });
  });
});

describe("undo", () => {
  const OUTPUTS: readonly Output[] = [
    { kind: "selection", mode: "replace" },
    { kind: "selection", mode: "subtract" },
    { kind: "layer-mask", mode: "replace" },
    { kind: "layer-mask", mode: "intersect" },
    { kind: "new-layer" },
    { kind: "alpha-channel" },
    { kind: "path" },
    { kind: "group" },
  ];

  test("goes back to the start byte by byte, one step an output, and forward again", async () => {
    const states = [snapshot(open.state)];
    const pictures = [shown(open.state)];
    for (const [i, output] of OUTPUTS.entries()) {
      await apply(output, [item(i % 2 === 0 ? saucer : cup)]);
      states.push(snapshot(open.state));
      pictures.push(shown(open.state));
    }
    for (let i = OUTPUTS.length - 1; i >= 0; i--) {
      expect(open.undo()).toBe(true);
      expect(snapshot(open.state)).toBe(states[i]);
      expect(shown(open.state)).toEqual(pictures[i]);
    }
    expect(open.undo()).toBe(false);
    for (let i = 1; i <= OUTPUTS.length; i++) {
      expect(open.redo()).toBe(true);
      expect(snapshot(open.state)).toBe(states[i]);
    }
    expect(open.redo()).toBe(false);
  });

  test("what the reader sees follows every step", async () => {
    const read = async () => (await open.readPixels(null, 20)).raster.data;
    const start = await read();
    await apply({ kind: "layer-mask", mode: "replace" }, [item(cup)]);
    expect(await read()).not.toEqual(start);
    open.undo();
    expect(await read()).toEqual(start);
  });
});

describe("a failure", () => {
  const WRONG: readonly (readonly [string, ApplyItem[]])[] = [
    ["no object", []],
    ["bytes that do not fit the bounds", [item({ x: 0, y: 0, width: 3, height: 3, data: new Uint8Array(8) })]],
    ["run lengths of another size", [item(encodeRle(new Uint8Array(12).fill(1), 4, 3))]],
    ["an object outside the document", [item(noiseMask(100, 100, 4, 4, 1))]],
    ["bounds in fractions", [item({ ...cup, x: 0.5 })]],
    ["a parent that is not there", [item(cup, "A", 7)]],
  ];

  for (const [what, items] of WRONG) {
    test(`${what}: changes nothing and says so`, async () => {
      const before = snapshot(open.state);
      await expect(apply({ kind: "selection", mode: "replace" }, items)).rejects.toMatchObject({ kind: "input" });
      expect(snapshot(open.state)).toBe(before);
      expect(open.history.labels).toEqual(["Open"]);
    });
  }

  test("cancelled: changes nothing", async () => {
    const stop = new AbortController();
    const applying = apply({ kind: "group" }, [item(cup)], stop.signal);
    stop.abort();
    await expect(applying).rejects.toMatchObject({ kind: "aborted" });
    expect(open.history.labels).toEqual(["Open"]);
  });

  test("a document that changed in between keeps that change and takes no other", async () => {
    const applying = apply({ kind: "new-layer" }, [item(cup)]);
    open.commit({ label: "Rename", state: { ...open.state } });
    await expect(applying).rejects.toThrow(/nothing was applied/);
    expect(open.history.labels).toEqual(["Open", "Rename"]);
  });
});
