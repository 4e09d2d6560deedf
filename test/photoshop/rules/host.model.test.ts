import { describe, expect, test } from "vitest";
import { documentState, groupLayer } from "../../hosts/browser/states.js";
import { ownClock } from "../../support/clock.js";
import { pause } from "../session.js";
import { count, marquee } from "../simulator/user.js";
import { grey, MAKE_MASK, NAMED, NONE, open, SELECTION, select, usual } from "./opened.js";

ownClock();

/** The simulated Photoshop itself keeps the rules of its facts, row by row (README.md in the folder above). */

describe("modal scopes", () => {
  test("1: writes outside one reject", async () => {
    const { ps } = open({}, {}, [usual()]);
    const imageData = await grey(ps);
    for (const write of [
      ps.imaging.putSelection({ imageData }),
      ps.imaging.putLayerMask({ imageData, layerID: 1 }),
      ps.imaging.putPixels({ imageData, layerID: 1 }),
      ps.action.batchPlay([MAKE_MASK("hideAll")]),
    ]) {
      await expect(write).rejects.toThrow(/executeAsModal/);
    }
  });

  test("2: a scope has a name; its value and error pass through", async () => {
    const { ps } = open();
    await expect(ps.core.executeAsModal(async () => 1)).rejects.toThrow(/commandName/);
    expect(await ps.core.executeAsModal(async () => 7, NAMED)).toBe(7);
    await expect(
      ps.core.executeAsModal(async () => {
        throw new Error("mine");
      }, NAMED),
    ).rejects.toThrow("mine");
  });

  test("3, 38: a busy Photoshop is waited for, then error 9 names who blocks it", async () => {
    const { ps, simulator } = open();
    simulator.blocker = "Free Transform";
    await expect(ps.core.executeAsModal(async () => 1, NAMED)).rejects.toMatchObject({
      number: 9,
      message: expect.stringContaining("Free Transform"),
    });
    setTimeout(() => {
      simulator.blocker = null;
    }, 30);
    expect(await ps.core.executeAsModal(async () => 2, { ...NAMED, timeOut: 20 })).toBe(2);
  });

  test("4: after a cancel every call throws, and suspended history is rolled back", async () => {
    const { ps, simulator, document } = open();
    let told = false;
    const before = document.state.picture;
    const run = ps.core.executeAsModal(async (scope) => {
      scope.onCancel = () => {
        told = true;
      };
      await scope.hostControl.suspendHistory({ documentID: document.id, name: "Step" });
      await select(ps);
      simulator.cancel();
      expect(scope.isCancelled).toBe(true);
      await ps.imaging.getPixels({});
    }, NAMED);
    await expect(run).rejects.toThrow(/cancelled/);
    expect(told).toBe(true);
    expect(document.state.picture).toBe(before);
  });

  test("4, 6: what was done without suspending history stays when the scope fails", async () => {
    const { ps, document } = open();
    const run = ps.core.executeAsModal(async () => {
      await select(ps);
      throw new Error("later");
    }, NAMED);
    await expect(run).rejects.toThrow("later");
    expect(document.selection).not.toBeNull();
    expect(document.history.at(-1)?.name).toBe("Test");
  });

  test("5: a write after the scope ended rejects", async () => {
    const { ps } = open();
    let late: Promise<unknown> | undefined;
    await ps.core.executeAsModal(async () => {
      late = pause(5).then(() => select(ps));
    }, NAMED);
    await expect(late).rejects.toThrow(/executeAsModal/);
  });

  test("6: one named history entry, none if nothing changed; resuming without commit takes back", async () => {
    const { ps, document } = open();
    const suspended = (work: () => Promise<unknown>, commit: boolean) =>
      ps.core.executeAsModal(async (scope) => {
        const id = await scope.hostControl.suspendHistory({ documentID: document.id, name: "Step" });
        await work();
        await scope.hostControl.resumeHistory(id, commit);
      }, NAMED);
    await suspended(() => select(ps), true);
    expect(document.history.map(({ name }) => name)).toEqual(["Open", "Step"]);
    await suspended(async () => undefined, true);
    const before = document.state.picture;
    await suspended(() => ps.action.batchPlay([{ _obj: "set", _target: [SELECTION], to: NONE }]), false);
    expect(document.history).toHaveLength(2);
    expect(document.state.picture).toBe(before);
  });

  test.each([false, true])("6: rolling back brings back what was active: %s", async (rollsBackActive) => {
    const { ps, document } = open({ rollsBackActive }, {}, [usual(), usual({ id: 2 })]);
    document.state = { ...document.state, activeLayers: [2] };
    const run = ps.core.executeAsModal(async (scope) => {
      await scope.hostControl.suspendHistory({ documentID: document.id, name: "Step" });
      await ps.action.batchPlay([{ _obj: "select", _target: [{ _ref: "layer", _id: 1 }] }]);
      throw new Error("later");
    }, NAMED);
    await expect(run).rejects.toThrow();
    expect(document.state.activeLayers).toEqual([rollsBackActive ? 2 : 1]);
  });
});

describe("notices", () => {
  test("7, 8: silent in a scope, twice and as variants say of the user's acts, own ones may leak, undo is told", async () => {
    for (const variants of [
      {},
      { twice: false, targetKey: "null", propertyForm: "object", leaksOwn: false },
    ] as const) {
      const { ps, simulator, document } = open(variants);
      const heard: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
      const listener = (event: string, value: unknown) => heard.push([event, value as (typeof heard)[0][1]]);
      await ps.action.addNotificationListener(["set", "historyStateChanged"], listener);
      await ps.core.executeAsModal(() => select(ps), NAMED);
      expect(heard).toEqual([]);
      await pause(450);
      const leaked = heard.filter(([event]) => event === "set").map(([, { to }]) => (to as { _obj?: string })._obj);
      expect(leaked).toEqual(simulator.variants.leaksOwn ? Array(12).fill("rectangle") : []);
      heard.length = 0;
      marquee(simulator, document, { left: 1, top: 1, right: 5, bottom: 5 });
      expect(document.selection).toMatchObject({ x: 1, width: 4 });
      await pause(450);
      const sets = heard.filter(([event]) => event === "set").map(([, value]) => value);
      const forms = sets.map((value) => ("null" in value ? "null" : "_target"));
      expect(forms).toEqual(simulator.variants.twice ? ["_target", "null", "_target", "null"] : ["null"]);
      heard.length = 0;
      document.undo();
      await pause(30);
      expect(heard.some(([event]) => event === "historyStateChanged")).toBe(true);
    }
  });

  test("9: all events together are told to no one", async () => {
    const { ps, simulator, document } = open();
    let heard = 0;
    await ps.action.addNotificationListener(["all"], () => heard++);
    count(simulator, document, 3, 3);
    await pause(30);
    expect(heard).toBe(0);
  });
});

describe("documents", () => {
  test("21: what fails comes as a result, what is malformed rejects; a new mask is active and on the active layer", async () => {
    const { ps, document } = open({}, {}, [usual(), usual({ id: 2 })]);
    await ps.core.executeAsModal(async () => {
      expect((await ps.action.batchPlay([{ _obj: "fly" }]))[0]).toMatchObject({ _obj: "error" });
      await expect(ps.action.batchPlay([{ _target: [] }])).rejects.toThrow(/_obj/);
      await ps.action.batchPlay([MAKE_MASK("hideAll")]);
    }, NAMED);
    expect([document.layer(1).mask === null, document.layer(2).mask === null]).toEqual([true, false]);
    expect(document.state.activeChannel).toBe("mask");
  });

  test("21: a path is made of the selection by the one reference that is known", async () => {
    const { ps, document } = open();
    const from = (_ref: string) => ({
      _obj: "make",
      _target: [{ _ref: "path" }],
      from: { _ref, _property: "selection" },
      tolerance: { _unit: "pixelsUnit", _value: 1 },
    });
    await ps.core.executeAsModal(async () => {
      await select(ps);
      expect((await ps.action.batchPlay([from("channel")]))[0]).toMatchObject({ _obj: "error" });
      expect(document.state.picture.paths).toEqual([]);
      expect((await ps.action.batchPlay([from("selectionClass")]))[0]).toEqual({});
    }, NAMED);
    expect(document.state.picture.paths.map(({ name }) => name)).toEqual(["Work Path"]);
  });

  test("22: in Quick Mask mode a selection that is put is lost", async () => {
    const { ps, document } = open({}, { quickMask: true });
    await ps.core.executeAsModal(() => select(ps), NAMED);
    expect(document.selection).toBeNull();
  });

  test("23: a document has at most 56 channels", async () => {
    const { ps, document } = open();
    const save = { _obj: "duplicate", _target: [SELECTION], name: "A" };
    const answers = (await ps.core.executeAsModal(async () => {
      await select(ps);
      return ps.action.batchPlay(Array.from({ length: 54 }, () => save));
    }, NAMED)) as readonly { _obj?: string }[];
    expect(document.state.picture.channels).toHaveLength(53);
    expect(answers.at(-1)).toMatchObject({ _obj: "error" });
  });

  test("36: what is gone throws, and no id comes again", async () => {
    const { ps, simulator, document } = open({}, {}, [usual(), groupLayer(9, [])]);
    const dom = document.dom as { readonly name: string };
    const seen = new Set([document.id]);
    simulator.close(document);
    expect(() => dom.name).toThrow(/no longer open/);
    for (let i = 0; i < 5; i++) {
      const next = simulator.open(documentState(8, 8));
      expect(seen.has(next.id)).toBe(false);
      seen.add(next.id);
      await expect(ps.imaging.getPixels({ documentID: document.id })).rejects.toThrow(/no document/);
      await expect(ps.imaging.getPixels({ layerID: 77 })).rejects.toThrow(/no layer/);
    }
  });
});
