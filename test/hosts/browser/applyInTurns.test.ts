import { beforeEach, describe, expect, test } from "vitest";
import type { DocumentState } from "../../../hosts/browser/src/document/model.js";
import { PictureDocument } from "../../../hosts/browser/src/document/pictureDocument.js";
import type { ApplyItem, Output } from "../../../panel/host.js";
import { LONG } from "../../support/long.js";
import { documentState, noiseMask, pixelLayer } from "./states.js";

/** 24 megapixels; in the short form 6. */
const [WIDTH, HEIGHT] = LONG ? [6000, 4000] : [3000, 2000];
const COUNT = 100;
/** Turns that others must have had: the objects' 24 megapixels, by the megapixel, with some to spare. */
const TURNS = 12;

const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 4).fill(200);
const { data } = noiseMask(0, 0, 600, 400, 1);
/** They overlap, and reach from corner to corner. */
const items: ApplyItem[] = Array.from({ length: COUNT }, (_, i) => {
  const mask = {
    x: Math.round((i * (WIDTH - 600)) / 99),
    y: Math.round((i * (HEIGHT - 400)) / 99),
    width: 600,
    height: 400,
    data,
  };
  return { name: `Object ${i + 1}`, mask, parent: i % 10 === 0 ? null : i - 1 };
});

const OUTPUTS: readonly Output[] = [
  { kind: "selection", mode: "replace" },
  { kind: "selection", mode: "subtract" },
  { kind: "layer-mask", mode: "intersect" },
  { kind: "new-layer" },
  { kind: "group" },
];

/** Other tasks of the thread, one after the other; `act` is called in each. */
function others(act: (turn: number) => void = () => undefined): { readonly turns: () => number; stop(): void } {
  let turns = 0;
  let timer: ReturnType<typeof setTimeout>;
  const turn = () => {
    act(++turns);
    timer = setTimeout(turn);
  };
  timer = setTimeout(turn);
  return { turns: () => turns, stop: () => clearTimeout(timer) };
}

/** Bytes of all masks of a state, one number each. */
function sums(state: DocumentState): number[] {
  const masks = [state.selection, ...state.layers.map(({ mask }) => mask)];
  return masks.map((mask) => mask?.data.reduce((sum, value) => (sum + value) % 1_000_003, 0) ?? -1);
}

let open: PictureDocument;
beforeEach(async () => {
  const photo = pixelLayer(1, { width: WIDTH, height: HEIGHT, pixels });
  const state = { ...documentState(1, 1, [photo]), width: WIDTH, height: HEIGHT };
  open = new PictureDocument("document-1", "large.jpg", state);
  const before = [{ name: "Before", mask: { x: 1000, y: 500, width: 600, height: 400, data }, parent: null }];
  await open.apply({ documentId: open.id, output: { kind: "selection", mode: "replace" }, items: before });
  await open.apply({ documentId: open.id, output: { kind: "layer-mask", mode: "subtract" }, items: before });
});

describe.each(OUTPUTS)("a hundred objects on a large picture, $kind $mode", (output) => {
  test("are applied in turns with everything else, as one step, and say how far they are", async () => {
    const fractions: number[] = [];
    const { turns, stop } = others();
    await open.apply({ documentId: open.id, output, items }, undefined, undefined, (part) => fractions.push(part));
    stop();
    expect(turns()).toBeGreaterThanOrEqual(TURNS);
    expect(open.history.index).toBe(3);
    expect(fractions.length).toBeGreaterThanOrEqual(TURNS);
    expect(fractions.every((part, i) => part > (fractions[i - 1] ?? 0) || part === 1)).toBe(true);
    expect(fractions.at(-1)).toBeGreaterThan(0.9);
    expect(fractions.at(-1)).toBeLessThanOrEqual(1);
  });

  test("a cancel in the middle is heard at once and leaves the document as it was", async () => {
    const { state } = open;
    const before = sums(state);
    const stop = new AbortController();
    let heard = 0;
    const { turns, stop: end } = others((turn) => turn === TURNS / 2 && stop.abort());
    const applying = open.apply({ documentId: open.id, output, items }, stop.signal, undefined, () => heard++);
    await expect(applying).rejects.toMatchObject({ kind: "aborted" });
    end();
    expect(turns()).toBeLessThanOrEqual(TURNS / 2 + 2);
    expect(heard).toBeLessThan(TURNS * 1.5);
    expect(open.state).toBe(state);
    expect(sums(open.state)).toEqual(before);
    expect([open.history.index, open.history.labels.length]).toEqual([2, 3]);
  });
});

test("the union of many is the greatest coverage of each pixel", async () => {
  await open.apply({ documentId: open.id, output: { kind: "selection", mode: "replace" }, items });
  const selection = open.state.selection;
  const expected = new Uint8Array(WIDTH * HEIGHT);
  for (const { mask } of items) {
    const { x, y } = mask as { x: number; y: number };
    for (let i = 0; i < data.length; i++) {
      const at = (y + Math.floor(i / 600)) * WIDTH + x + (i % 600);
      if (data[i] > expected[at]) expected[at] = data[i];
    }
  }
  expect([selection?.width, selection?.height]).toEqual([WIDTH, HEIGHT]);
  expect(Buffer.compare(Buffer.from(selection?.data ?? []), Buffer.from(expected))).toBe(0);
});
