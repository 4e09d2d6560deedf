import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONTAINMENT_THRESHOLD,
  labelMap,
  maskAt,
  parentsOf,
  structureOf,
  uncovered,
  walkTree,
} from "../../../core/auto/structure/index.js";
import { readSa1b } from "../../../core/dataset/index.js";
import { decodeRle, rleInvert, rleToCoco } from "../../../core/mask/index.js";
import type { ObjectMask } from "../../../core/types.js";
import { fixture } from "../../support/bytes.js";
import { objectOf, rectangle, scenes } from "../../support/objects.js";

interface Expected {
  readonly contained: number[][];
  readonly union: string;
}

const coffee = readSa1b(fixture<unknown>("dataset/coffee.sa1b.json"));
const expected = fixture<Expected>("dataset/coffee.expected.json");
const objects = coffee.masks.map((mask) => ({ ...mask, point: mask.points[0] })) as unknown as ObjectMask[];

/** Share of a's pixels in b, by counting. */
function share(a: ObjectMask, b: ObjectMask): number {
  const inB = decodeRle(b.mask);
  const inA = decodeRle(a.mask);
  return inA.reduce((sum, value, i) => sum + (value & inB[i]), 0) / a.area;
}

describe("parents", () => {
  test("are the smallest containing masks by pycocotools' shares, on official results", () => {
    const parents = parentsOf(objects);
    for (const [i, { area }] of objects.entries()) {
      const holders = [...objects.keys()].filter((j) => objects[j].area > area && expected.contained[i][j] >= 0.9);
      const smallest = [...holders].sort((a, b) => objects[a].area - objects[b].area)[0] ?? -1;
      expect(parents[i]).toBe(smallest);
    }
    expect(parents.filter((parent) => parent >= 0).length).toBeGreaterThan(5);
  });

  test("hold their child, are no smaller, and nothing smaller would do", () => {
    fc.assert(
      fc.property(scenes, ({ masks }) => {
        const parents = parentsOf(masks);
        for (const [i, parent] of parents.entries()) {
          const holders = masks.filter(
            (mask, j) =>
              j !== i &&
              masks[i].area > 0 &&
              mask.area > masks[i].area &&
              share(masks[i], mask) >= CONTAINMENT_THRESHOLD,
          );
          const least = Math.min(...holders.map(({ area }) => area));
          if (parent >= 0) {
            expect(share(masks[i], masks[parent])).toBeGreaterThanOrEqual(CONTAINMENT_THRESHOLD);
            expect(masks[parent].area).toBeGreaterThanOrEqual(masks[i].area);
            expect(masks[parent].area).toBeLessThanOrEqual(least);
          } else expect(holders).toEqual([]);
        }
      }),
    );
  });

  test("make no circle of masks that contain each other", () => {
    const twins = [1, 2, 3].map((id) => rectangle(id, [20, 20], [2, 2, 10, 10]));
    const parents = parentsOf(twins);
    expect([...parents].sort()).toEqual([-1, 0, 1]);
  });

  test("follow the containment that is asked for", () => {
    const whole = rectangle(1, [20, 20], [0, 0, 10, 20]);
    const half = rectangle(2, [20, 20], [5, 0, 8, 10]);
    expect([...parentsOf([whole, half])]).toEqual([-1, -1]);
    expect([...parentsOf([whole, half], { containment: 0.6 })]).toEqual([-1, 0]);
    expect(() => parentsOf([whole], { containment: 0.5 })).toThrow(
      "containment must be above 0.5 and at most 1, got 0.5",
    );
  });

  test("refuse masks of different pictures", () => {
    const masks = [rectangle(1, [20, 20], [0, 0, 5, 5]), rectangle(2, [20, 21], [0, 0, 5, 5])];
    expect(() => parentsOf(masks)).toThrow("size of mask 1 must be 20x20 as the first, got");
  });
});

describe("tree", () => {
  test("holds every mask once, parents first, siblings largest first, with dotted names", () => {
    fc.assert(
      fc.property(scenes, ({ masks, width, height }) => {
        const { order, parents, names, roots } = structureOf(masks, { width, height });
        expect([...order].sort((a, b) => a - b)).toEqual([...masks.keys()]);
        const place = new Map([...order].map((mask, i) => [mask, i]));
        for (const { index, name, children } of walkTree(roots)) {
          expect(names[index]).toBe(name);
          for (const [i, child] of children.entries()) {
            expect(parents[child.index]).toBe(index);
            expect(child.name).toBe(`${name}.${i + 1}`);
            expect(place.get(child.index)).toBeGreaterThan(place.get(index)!);
            if (i > 0) expect(masks[child.index].area).toBeLessThanOrEqual(masks[children[i - 1].index].area);
          }
        }
        expect(new Set(names).size).toBe(masks.length);
      }),
    );
  });

  test("gives a mask the same name and colour whatever the order it was found in", () => {
    fc.assert(
      fc.property(scenes, fc.infiniteStream(fc.nat(1000)), ({ masks, width, height }, random) => {
        // Equal masks are told apart by their ids only.
        const shuffled = masks.map((mask) => ({ mask, key: random.next().value })).sort((a, b) => a.key - b.key);
        const a = structureOf(masks, { width, height });
        const b = structureOf(
          shuffled.map(({ mask }) => mask),
          { width, height },
        );
        for (const [i, { mask }] of shuffled.entries()) {
          expect(b.names[i]).toBe(a.names[masks.indexOf(mask)]);
          expect(b.colours[i]).toEqual(a.colours[masks.indexOf(mask)]);
        }
      }),
    );
  });

  test("is empty without masks", () => {
    const { roots, order, names, colours } = structureOf([], { width: 5, height: 4 });
    expect({ roots, order: [...order], names, colours }).toEqual({ roots: [], order: [], names: [], colours: [] });
  });
});

describe("label map", () => {
  test("has the smallest mask on top at every pixel", () => {
    fc.assert(
      fc.property(scenes, ({ masks, width, height }) => {
        const { data } = labelMap(masks, { width, height });
        const planes = masks.map(({ mask }) => decodeRle(mask));
        for (let i = 0; i < data.length; i++) {
          const here = masks.filter((_, j) => planes[j][i]);
          const least = Math.min(...here.map(({ area }) => area));
          if (here.length === 0) expect(data[i]).toBe(0);
          else expect([planes[data[i] - 1][i], masks[data[i] - 1].area]).toEqual([1, least]);
        }
      }),
    );
  });

  test("shows, when it is smaller, the document's pixels at the middles of its own", () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 30 }), ({ masks, width, height }, maxSide) => {
        const full = labelMap(masks, { width, height });
        const map = labelMap(masks, { width, height }, { maxSide });
        expect(Math.max(map.width, map.height)).toBe(Math.min(maxSide, Math.max(width, height)));
        for (let y = 0; y < map.height; y++) {
          for (let x = 0; x < map.width; x++) {
            const from =
              Math.floor(((y + 0.5) * height) / map.height) * width + Math.floor(((x + 0.5) * width) / map.width);
            expect(map.data[y * map.width + x]).toBe(full.data[from]);
          }
        }
      }),
    );
  });

  test("tells more than 255, and more than 65,535, masks apart", () => {
    for (const side of [20, 257]) {
      const masks: ObjectMask[] = [];
      const first = rectangle(0, [side, side], [0, 0, 1, 1]);
      for (let i = 0; i < side * side; i++) {
        const [x, y] = [i % side, Math.floor(i / side)];
        const at = x * side + y;
        const counts = Uint32Array.from(at === side * side - 1 ? [at, 1] : [at, 1, side * side - at - 1]);
        masks.push({ ...first, id: i, bbox: [x, y, 1, 1], mask: { size: [side, side], counts } });
      }
      const map = labelMap(masks, { width: side, height: side });
      expect(map.data.every((label, i) => label === i + 1)).toBe(true);
    }
  });

  test("answers a click, and none outside", () => {
    const masks = [rectangle(1, [200, 100], [0, 0, 100, 100]), rectangle(2, [200, 100], [20, 20, 40, 40])];
    const canvas = { width: 200, height: 100 };
    const map = labelMap(masks, canvas, { maxSide: 50 });
    expect([map.width, map.height]).toEqual([50, 25]);
    const hits = [
      [1, 1],
      [30.5, 40],
      [199.9, 99],
      [-1, 5],
      [200, 5],
      [5, Number.NaN],
    ].map(([x, y]) => maskAt(map, canvas, { x, y }));
    expect(hits).toEqual([0, 1, -1, -1, -1, -1]);
  });

  test("refuses sizes by name", () => {
    const mask = rectangle(1, [20, 10], [0, 0, 5, 5]);
    expect(() => labelMap([mask], { width: 10, height: 20 })).toThrow("canvas must be 20x10 as the masks");
    expect(() => labelMap([], { width: 0, height: 20 })).toThrow("canvas width must be a positive integer, got 0");
    expect(() => labelMap([mask], { width: 20, height: 10 }, { maxSide: 1.5 })).toThrow(
      "maxSide must be a positive integer",
    );
  });
});

describe("uncovered rest", () => {
  test("is what pycocotools' merge leaves, on official results", () => {
    const rest = uncovered(objects, coffee.image);
    expect(rleToCoco(rleInvert(rest)).counts).toBe(expected.union);
  });

  test("and the masks make up the picture without overlap", () => {
    fc.assert(
      fc.property(scenes, ({ masks, width, height }) => {
        const rest = decodeRle(uncovered(masks, { width, height }));
        const planes = masks.map(({ mask }) => decodeRle(mask));
        for (let i = 0; i < rest.length; i++) expect(rest[i]).toBe(planes.some((plane) => plane[i]) ? 0 : 1);
      }),
    );
  });

  test("is everything where there is no mask, or only an empty one", () => {
    const empty = objectOf(1, 7, 5, () => false);
    for (const masks of [[], [empty]]) expect([...uncovered(masks, { width: 7, height: 5 }).counts]).toEqual([0, 35]);
  });
});
