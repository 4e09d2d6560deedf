import { beforeEach, describe, expect, test } from "vitest";
import type { Host, HostDocument } from "../../../../panel/host.js";
import { WorkKeeper } from "../../../../panel/session/document/workKeeper.js";
import { addAct, changeObject } from "../../../../panel/state/index.js";
import { pointAct } from "../../support.js";

/** What the host keeps, as JSON, over any number of pages. */
let kept: Map<string, string>;
beforeEach(() => {
  kept = new Map();
});

function host(session: string | null): Host {
  return {
    readSetting: async (key) => (key === "session" ? session : JSON.parse(kept.get(key) ?? "null")),
    writeSetting: async (key, value) => void kept.set(key, JSON.stringify(value)),
  } as Partial<Host> as Host;
}

/** A page loaded anew. */
async function page(session: string | null = null): Promise<WorkKeeper> {
  const work = new WorkKeeper(host(session));
  await work.load();
  return work;
}

const pasted = (id: string): HostDocument => ({
  id,
  name: "image.png",
  width: 40,
  height: 30,
  version: "1",
  activeLayer: null,
  refused: {},
});

function click(work: WorkKeeper, x: number): void {
  work.act("Add point", (now) => addAct({ ...now, active: null }, pointAct(x)));
}

/** Where the objects of the work were clicked. */
const clicks = ({ now }: WorkKeeper) =>
  now.objects.map(({ steps }) => {
    const [first] = steps;
    return first?.act.kind === "point" ? first.act.at.x : null;
  });

describe("prompts of a picture", () => {
  test("are not shown on another one of the same name and size, and come back with their own", async () => {
    const work = await page();
    work.open(pasted("document-1"));
    work.pictureRead("cup");
    click(work, 1);
    work.open(pasted("document-2"));
    expect(clicks(work)).toEqual([]);
    work.pictureRead("cat");
    expect(clicks(work)).toEqual([]);
    click(work, 2);
    work.open(pasted("document-3"));
    work.pictureRead("cup");
    expect(clicks(work)).toEqual([1]);
    work.flush();
    const anew = await page();
    anew.open(pasted("document-1"));
    anew.pictureRead("cat");
    expect(clicks(anew)).toEqual([2]);
  });

  test("stay while the open document's own picture changes, and come back in any of its states", async () => {
    const work = await page();
    work.open(pasted("document-1"));
    work.pictureRead("cup");
    click(work, 1);
    for (let i = 0; i < 60; i++) work.pictureRead(`cup, masked ${i}`);
    expect(clicks(work)).toEqual([1]);
    work.flush();
    for (const picture of ["cup", "cup, masked 59"]) {
      const anew = await page();
      anew.open(pasted("document-1"));
      anew.pictureRead(picture);
      expect(clicks(anew)).toEqual([1]);
    }
  });

  test("join those begun before the picture was read, as steps that undo takes back", async () => {
    const before = await page();
    before.open(pasted("document-1"));
    before.pictureRead("cup");
    click(before, 1);
    click(before, 2);
    before.flush();
    const work = await page();
    work.open(pasted("document-1"));
    click(work, 3);
    work.flush();
    work.pictureRead("cup");
    expect(clicks(work)).toEqual([1, 2, 3]);
    expect(work.now.objects.map(({ id, name }) => [id, name]).at(-1)).toEqual(["object-3", "Object 3"]);
    expect(work.now.active).toBe("object-3");
    click(work, 4);
    expect(new Set(work.now.objects.map(({ id }) => id)).size).toBe(4);
    work.undo();
    work.undo();
    expect(clicks(work)).toEqual([1, 2]);
    work.redo();
    work.flush();
    const last = await page();
    last.open(pasted("document-9"));
    last.pictureRead("cup");
    expect(clicks(last)).toEqual([1, 2, 3]);
  });

  test("come back at once where the host kept the document open, however it has changed", async () => {
    const work = await page("photoshop");
    work.open(pasted("59"));
    work.pictureRead("cup");
    click(work, 1);
    work.flush();
    const anew = await page("photoshop");
    anew.open(pasted("59"));
    expect(clicks(anew)).toEqual([1]);
    anew.pictureRead("cup, painted on meanwhile");
    expect(clicks(anew)).toEqual([1]);
    const restarted = await page("photoshop, started again");
    restarted.open(pasted("59"));
    restarted.pictureRead("another picture");
    expect(clicks(restarted)).toEqual([]);
  });

  test("are written before the picture was read, too, and documents without any take no place", async () => {
    const work = await page();
    work.open(pasted("document-1"));
    click(work, 1);
    for (let i = 2; i < 20; i++) work.open({ ...pasted(`document-${i}`), name: `${i}.png` });
    work.flush();
    const anew = await page();
    anew.open(pasted("document-1"));
    anew.pictureRead("cup");
    expect(clicks(anew)).toEqual([1]);
  });

  test("whatever storage holds, the work is empty and nothing is thrown", async () => {
    for (const stored of ["3", "[null, 7]", '[{"id":"a","name":"image.png","width":40,"height":30}]']) {
      kept.set("work", stored);
      const work = await page();
      work.open(pasted("document-1"));
      work.pictureRead("cup");
      expect(clicks(work)).toEqual([]);
    }
  });
});

describe("live changes", () => {
  const rename = (name: string) => (now: WorkKeeper["now"]) => changeObject(now, "object-1", { name });
  const name = ({ now }: WorkKeeper) => now.objects[0]?.name;

  test("that no act ends are a step of their own before whatever comes next", async () => {
    const work = await page();
    work.open(pasted("document-1"));
    click(work, 1);
    work.live("Rename", rename("half"));
    work.live("Rename", rename("whole"));
    click(work, 2);
    work.undo();
    expect([name(work), clicks(work).length]).toEqual(["whole", 1]);
    work.undo();
    expect([name(work), clicks(work).length]).toEqual(["Object 1", 1]);
    work.live("Rename", rename("half"));
    work.undo();
    expect(name(work)).toBe("Object 1");
  });

  test("what follows from another act meanwhile is not undone with them", async () => {
    const work = await page();
    work.open(pasted("document-1"));
    click(work, 1);
    work.live("Rename", rename("half"));
    work.amend((now) => ({ ...now, active: null }));
    work.act("Rename", rename("whole"));
    work.undo();
    expect([name(work), work.now.active]).toEqual(["Object 1", null]);
  });
});

describe("a change", () => {
  test("says what brought it about: the user, undo, another document, or what had been kept", async () => {
    const before = await page();
    before.open(pasted("one"));
    before.pictureRead("cup");
    click(before, 3);
    before.flush();
    const work = await page();
    const origins: string[] = [];
    work.changed.subscribe(({ origin }) => origins.push(origin));
    work.open(pasted("two"));
    work.pictureRead("cup");
    click(work, 5);
    work.undo();
    work.redo();
    work.amend((now) => changeObject(now, "object-1", { seconds: 2 }), "clock");
    work.open(null);
    expect(origins).toEqual(["restore", "user", "undo", "redo", "clock", "open"]);
  });
});
