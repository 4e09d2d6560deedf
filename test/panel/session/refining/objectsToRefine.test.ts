import { expect, test } from "vitest";
import { objectsToRefine } from "../../../../panel/session/refining/index.js";
import { addAct, changeObject, EMPTY_WORK, setActive } from "../../../../panel/state/index.js";
import { pointAct } from "../../support.js";

const three = [3, 9, 20].reduce((work, x) => addAct(setActive(work, null), pointAct(x)), EMPTY_WORK);
const names = (...asked: Parameters<typeof objectsToRefine>) => objectsToRefine(...asked).map(({ name }) => name);

test("the object worked on comes first; hidden ones, and those applied already, wait for their output", () => {
  const work = changeObject(setActive(three, "object-2"), "object-3", { visible: false });
  expect(names(work, { mode: "select" }, new Set())).toEqual(["Object 2", "Object 1"]);
  expect(names(work, { mode: "select" }, new Set(["object-1", "object-2"]))).toEqual(["Object 2"]);
});

test("nothing is refined behind the list of all objects", () => {
  expect(names(three, { mode: "objects" }, new Set())).toEqual([]);
});
