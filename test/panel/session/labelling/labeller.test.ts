import { encodeRle, MasksmithError } from "@masksmith/core";
import { strFromU8, unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import type { FileToSave, Host, HostStore } from "../../../../panel/host.js";
import { type WorkChange, WorkClock } from "../../../../panel/session/document/index.js";
import { Labeller } from "../../../../panel/session/labelling/labeller.js";
import { Labelling } from "../../../../panel/session/labelling/labelling.js";
import type { MaskedPicture } from "../../../../panel/session/labelling/records.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { addAct, EMPTY_WORK } from "../../../../panel/state/index.js";

const NAMES = ["a.png", "broken.png", "c.png"];

/** A host whose settings outlive a panel, with a folder whose second picture cannot be read. */
function makeHost(change: Partial<Host> = {}): { host: Host; opened: string[]; saved: FileToSave[] } {
  const settings = new Map<string, string>();
  const opened: string[] = [];
  const saved: FileToSave[] = [];
  const host = {
    readSetting: async (key: string) => JSON.parse(settings.get(key) ?? "null"),
    writeSetting: async (key: string, value: unknown) => void settings.set(key, JSON.stringify(value)),
    saveFile: async (file: FileToSave) => saved.push(file) > 0,
    confirmsSaves: true,
    folder: {
      choose: async () => NAMES,
      open: async (index: number) => {
        if (index === 1) throw new MasksmithError("input", "“broken.png” can't be opened");
        opened.push(NAMES[index]);
      },
    },
    ...change,
  };
  return { host: host as unknown as Host, opened, saved };
}

/** A store that tells what was written to it, and may be full. */
function makeStore() {
  const values = new Map<string, unknown>();
  const written: string[] = [];
  const state = { isFull: false };
  const store: HostStore = {
    entries: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)).sort(),
    put: async (key, value) => {
      if (state.isFull) throw new MasksmithError("runtime", "the disk is full");
      written.push(key);
      values.set(key, structuredClone(value));
    },
    delete: async (key) => void values.delete(key),
  };
  return { store, written, state };
}

const mask = encodeRle(Uint8Array.of(0, 1, 1, 0, 1, 0), 3, 2);

/** A panel's labeller over the host: whatever is open has one mask, or as many as `count` says. */
function start({ host, opened }: ReturnType<typeof makeHost>, panel = { isReady: true, count: 1 }) {
  const unstored: string[] = [];
  const collect = async (): Promise<MaskedPicture> => {
    const picture = { name: opened.at(-1)!, width: 3, height: 2 };
    const facts = { predictedIou: 0.9, stabilityScore: 0.95, points: [{ x: 1, y: 0 }], seconds: 2 };
    const item = { name: "Cup", colour: "#ff3b6b", mask, soft: null, stage: "semi-automatic" as const, ...facts };
    return { picture, items: new Array<typeof item>(panel.count).fill(item) };
  };
  const source = { isReady: () => panel.isReady, collect, isRead: () => true, restore: () => undefined };
  const labeller = new Labeller(host, source, new WorkClock(), ({ picture }) => unstored.push(picture.name));
  return Object.assign(labeller, { unstored });
}

const annotations = (file: FileToSave) => JSON.parse(new TextDecoder().decode(file.bytes)).annotations;

describe("labelling a folder", () => {
  test("records that no file has yet survive a reload, and are saved as they were", async () => {
    const made = makeHost();
    const before = start(made);
    await before.choose("pictures");
    await before.record();
    const after = start(made);
    await after.load();
    expect(await after.save("coco")).toBe(1);
    expect(annotations(made.saved[0])).toHaveLength(1);
    expect(annotations(made.saved[0])[0]).toMatchObject({ stage: "semi-automatic", seconds: 2, area: 3 });
    const third = start(made);
    await third.load();
    expect(third.state.value.earlier).toEqual([]);
  });

  test("the same folder chosen again goes on with its records", async () => {
    const made = makeHost();
    const before = start(made);
    await before.choose("pictures");
    await before.record();
    const after = start(made);
    await after.load();
    await after.choose("pictures");
    expect([...after.state.value.done.keys()]).toEqual([0]);
    expect(after.state.value.earlier).toEqual([]);
  });

  test("a picture that cannot be read is said, not recorded as the one before it, and gone past", async () => {
    const made = makeHost();
    const labeller = start(made);
    await labeller.choose("pictures");
    await expect(labeller.step(1)).rejects.toMatchObject({ kind: "input" });
    expect(await labeller.step(1)).toBe(true);
    await labeller.record();
    expect([...labeller.state.value.done.values()].map(({ picture }) => picture.name)).toEqual(["a.png", "c.png"]);
    expect([...labeller.state.value.done.keys()]).toEqual([0, 2]);
  });

  test("passing by a finished picture before anything is there leaves its record, and makes none of an unfinished one", async () => {
    const made = makeHost();
    const panel = { isReady: true, count: 2 };
    const labeller = start(made, panel);
    await labeller.choose("pictures");
    await labeller.record();
    panel.isReady = false;
    panel.count = 0;
    await labeller.goTo(2);
    await labeller.goTo(0);
    await labeller.step(1).catch(() => undefined);
    await labeller.goTo(2);
    await labeller.record();
    expect([...labeller.state.value.done].map(([at, { items }]) => [at, items.length])).toEqual([[0, 2]]);
    labeller.outdate();
    await labeller.record();
    expect([...labeller.state.value.done.keys()]).toEqual([0, 2]);
  });

  test("each picture is stored alone, and one that could not be is said and still saved", async () => {
    const { store, written, state } = makeStore();
    const made = makeHost({ store });
    const labeller = start(made);
    await labeller.choose("pictures");
    await labeller.record();
    await labeller.goTo(2);
    await labeller.record();
    expect(written).toEqual(["record/a.png|3x2", "record/c.png|3x2"]);
    state.isFull = true;
    labeller.outdate();
    await labeller.record();
    expect(labeller.unstored).toEqual(["c.png"]);
    expect(await labeller.save("coco")).toBe(2);
    expect(annotations(made.saved[0])).toHaveLength(2);
  });

  test("records of an earlier version's setting go over to the store", async () => {
    const made = makeHost();
    const before = start(made);
    await before.choose("pictures");
    await before.record();
    const { store } = makeStore();
    const host = Object.assign(made.host, { store });
    const after = start(made);
    await after.load();
    expect(await store.entries("record/")).toHaveLength(1);
    expect(await host.readSetting("labels")).toEqual([]);
    expect(after.state.value.earlier).toHaveLength(1);
  });

  test("a save that the host cannot confirm clears nothing; the user does, and may take it back", async () => {
    const { store } = makeStore();
    const made = makeHost({ store });
    Reflect.deleteProperty(made.host, "confirmsSaves");
    const labeller = start(made);
    await labeller.choose("pictures");
    await labeller.record();
    expect(await labeller.save("coco")).toBe(1);
    expect(await store.entries("record/")).toHaveLength(1);
    const bringBack = await labeller.clear();
    expect(await store.entries("record/")).toHaveLength(0);
    await bringBack();
    expect(await store.entries("record/")).toHaveLength(1);
    expect(labeller.state.value.done.size).toBe(1);
  });

  test("SA-1B files of several pictures come packed as one", async () => {
    const made = makeHost();
    const labeller = start(made);
    await labeller.choose("pictures");
    await labeller.record();
    await labeller.goTo(2);
    expect(await labeller.save("sa-1b")).toBe(2);
    expect(made.saved.map(({ suggestedName, type }) => [suggestedName, type])).toEqual([
      ["sa-1b.zip", "application/zip"],
    ]);
    const files = unzipSync(made.saved[0].bytes);
    expect(Object.keys(files)).toEqual(["a.json", "c.json"]);
    expect(JSON.parse(strFromU8(files["c.json"])).image.file_name).toBe("c.png");
  });
});

describe("a record of the open picture", () => {
  const done = { now: EMPTY_WORK, before: EMPTY_WORK };
  const edited = { ...done, now: addAct(EMPTY_WORK, { kind: "point", at: { x: 1, y: 1 }, foreground: true }) };

  /** Records the first picture, lets something change, and goes on; how often masks were collected. */
  async function collectedAfter(change: WorkChange): Promise<number> {
    const made = makeHost();
    let collected = 0;
    const source = {
      isReady: () => true,
      isRead: () => true,
      restore: () => undefined,
      collect: async () => {
        collected++;
        return { picture: { name: made.opened.at(-1)!, width: 3, height: 2 }, items: [] };
      },
    };
    const labelling = new Labelling({ host: made.host, reporter: new Reporter(), clock: new WorkClock(), source });
    await labelling.choosePictures("pictures");
    await labelling.saveRecords("coco");
    const before = collected;
    labelling.workChanged(change);
    await labelling.saveRecords("coco");
    return collected - before;
  }

  test("is made again after a change by the user, an undo or a redo", async () => {
    for (const origin of ["user", "undo", "redo"] as const) expect(await collectedAfter({ ...edited, origin })).toBe(1);
  });

  test("stays as it is after what the user did not do, and after another object is picked", async () => {
    for (const origin of ["restore", "open", "automatic", "clock"] as const)
      expect(await collectedAfter({ ...edited, origin })).toBe(0);
    expect(await collectedAfter({ ...done, now: { ...EMPTY_WORK, next: 2 }, origin: "user" })).toBe(0);
  });
});
