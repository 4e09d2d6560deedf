import fc from "fast-check";
import { expect, test } from "vitest";
import { rowByKey, treePlaces } from "../../../panel/ui/objectTree.js";

const row = (id: string, parent: string | null, depth: number) => ({ id, parent, depth });

/** A table with a cup, in it coffee, and a spoon; a window beside it. */
const ROWS = [
  row("table", null, 0),
  row("cup", "table", 1),
  row("coffee", "cup", 2),
  row("spoon", "table", 1),
  row("window", null, 0),
];

test("a row's place counts those of the same parent only", () => {
  const places = ROWS.map(({ id }) => treePlaces(ROWS).get(id)!);
  expect(places.map(({ level, position, of }) => [level, position, of])).toEqual([
    [1, 1, 2],
    [2, 1, 2],
    [3, 1, 1],
    [2, 2, 2],
    [1, 2, 2],
  ]);
});

test("left goes to the parent, right to what is inside, and neither further", () => {
  const levels = ROWS.map(({ depth }) => depth + 1);
  const reached = (key: string) => levels.map((_, i) => rowByKey(levels, i, key));
  expect(reached("ArrowLeft")).toEqual([0, 0, 1, 0, 4]);
  expect(reached("ArrowRight")).toEqual([1, 2, 2, 3, 4]);
  expect(reached("x")).toEqual([null, null, null, null, null]);
});

test("every key leads to a row that is there", () => {
  const key = fc.constantFrom("ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), fc.nat(), key, (levels, at, pressed) => {
      const to = rowByKey(levels, at % levels.length, pressed)!;
      expect(to).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThan(levels.length);
    }),
  );
});
