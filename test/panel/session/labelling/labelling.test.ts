import { type AutoOptions, encodeRle, type ObjectMask, type Raster, structureOf } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import type { FileToSave, Host, HostDocument, HostEvents } from "../../../../panel/host.js";
import { ModelShelf, type PanelModel, PanelSession, type SessionWorkers } from "../../../../panel/session/index.js";
import { ownClock } from "../../../support/clock.js";
import { embedding, FakePredictor, HEIGHT, pointAct, settle, WIDTH } from "../../support.js";

ownClock("performance");

const NAMES = ["a.png", "b.png"];

/** The left or the right half of the picture as a row of automatic generation. */
function half(id: number, x0: number): ObjectMask {
  const bytes = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) bytes.fill(1, y * WIDTH + x0, y * WIDTH + x0 + WIDTH / 2);
  const mask = encodeRle(bytes, WIDTH, HEIGHT);
  const scores = { predictedIou: 0.95, stabilityScore: 0.97, area: (WIDTH / 2) * HEIGHT };
  const bbox = [x0, 0, WIDTH / 2, HEIGHT] as const;
  return { id, mask, ...scores, bbox, point: { x: x0, y: 0 }, cropBox: [0, 0, WIDTH, HEIGHT] };
}

class FakeEngine extends FakePredictor {
  readonly status = { phase: "ready", info: null, left: [], progress: null, error: null };
  generated = 0;
  /** Automatic masks come when this resolves. */
  found: Promise<unknown> = Promise.resolve();
  readonly onStatus = () => () => undefined;
  readonly embed = async ({ data }: Raster) => embedding(`picture-${data[0]}`);
  readonly structure = async (masks: readonly ObjectMask[], on: { width: number; height: number }) =>
    structureOf(masks, on);
  readonly generate = async (_: unknown, { signal }: { auto: AutoOptions; signal: AbortSignal }) => {
    this.generated++;
    await this.found;
    signal.throwIfAborted();
    return [half(1, 0), half(2, WIDTH / 2)];
  };
  readonly dispose = () => undefined;
}

function makeHost(hasFolder: boolean) {
  const saved: FileToSave[] = [];
  const settings = new Map<string, unknown>();
  let listen: (document: HostEvents["document"]) => void = () => undefined;
  let count = 0;
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  const document = (name: string): HostDocument => {
    const id = `document-${++count}`;
    // Pictures differ, and each is the same whenever it is opened.
    data[0] = name.charCodeAt(0);
    return { id, name, width: WIDTH, height: HEIGHT, version: "1", activeLayer: null, refused: {} };
  };
  const raster = { width: WIDTH, height: HEIGHT, channels: 4, data };
  const host = {
    name: "browser",
    document: async () => document("open.png"),
    readPixels: async () => ({ raster, region: { x0: 0, y0: 0, x1: WIDTH, y1: HEIGHT }, version: "1" }),
    saveFile: async (file: FileToSave) => saved.push(file) > 0,
    readSetting: async (key: string) => settings.get(key),
    writeSetting: async (key: string, value: unknown) => void settings.set(key, value),
    on: (event: string, listener: typeof listen) => {
      if (event === "document") listen = listener;
      return () => undefined;
    },
    folder: { choose: async () => NAMES, open: async (index: number) => listen(document(NAMES[index])) },
  };
  if (!hasFolder) Reflect.deleteProperty(host, "folder");
  return { host: host as unknown as Host, saved, settings };
}

let engine: FakeEngine;
let made: ReturnType<typeof makeHost>;

async function label(prefill: boolean, hasFolder = true): Promise<PanelSession> {
  made = makeHost(hasFolder);
  return start(prefill);
}

/** A panel over the host, in Label mode, with the first picture of the folder open if there is one. */
async function start(prefill: boolean): Promise<PanelSession> {
  engine = new FakeEngine();
  const unused = () => Promise.reject(new Error("nothing is refined here"));
  const pixels = { edges: unused, finish: unused, decontaminate: unused, dispose: () => undefined };
  const workers = { engine, looks: engine, pixels } as unknown as SessionWorkers;
  const session = new PanelSession(
    made.host,
    workers,
    new ModelShelf([{ id: "m", name: "M", version: "1" } as PanelModel]),
  );
  await session.start();
  session.settings.update({ mode: "label", prefill, edges: "off", secondLook: false, alternatives: false });
  if (made.host.folder) await session.labelling.choosePictures("pictures");
  await settle(20);
  return session;
}

const recorded = ({ labelling }: PanelSession) =>
  [...labelling.progress.value.done.values()].map(({ picture, items }) => [
    picture.name,
    items.map(({ stage }) => stage),
  ]);

/** Goes one picture on or back and waits until it is read. */
async function step(session: PanelSession, by: 1 | -1): Promise<void> {
  await session.labelling.stepPicture(by);
  await settle(20);
}

const AUTOMATIC = ["automatic", "automatic"];

describe("labelling pictures", () => {
  test("a mask that is still awaited is waited for, not left out", async () => {
    const session = await label(false);
    engine.hold = true;
    session.prompts.add(pointAct(3));
    const moved = session.labelling.stepPicture(1);
    await settle(20);
    expect(session.labelling.progress.value.at).toBe(0);
    expect(session.reporter.busy.value?.what).toBe("Recording the masks");
    engine.hold = false;
    for (const answer of engine.held.splice(0)) answer();
    await moved;
    expect(recorded(session)).toEqual([["a.png", ["assisted-manual"]]]);
    expect(session.labelling.progress.value.at).toBe(1);
  });

  test("a wait that the user cancels leaves the picture open and its record as it was", async () => {
    const session = await label(false);
    engine.hold = true;
    session.prompts.add(pointAct(3));
    const moved = session.labelling.stepPicture(1);
    await settle();
    session.reporter.busy.value!.cancel!();
    await moved;
    expect(session.labelling.progress.value).toMatchObject({ at: 0, done: new Map() });
    expect(session.work.now.objects).toHaveLength(1);
  });

  test("going back and on at once keeps automatic masks, and finds none anew: drops and names stay", async () => {
    const session = await label(true);
    session.proposals.rename("1", "Table");
    session.proposals.toggle("2");
    await step(session, 1);
    expect(recorded(session)).toEqual([["a.png", ["automatic"]]]);
    const generated = engine.generated;
    await session.labelling.stepPicture(-1);
    await step(session, 1);
    expect(recorded(session)[0]).toEqual(["a.png", ["automatic"]]);
    await step(session, -1);
    expect(engine.generated).toBe(generated);
    expect(session.proposals.kept().map(({ name }) => name)).toEqual(["Table"]);
  });

  test("automatic masks that have not come are waited for once the user has worked on the picture", async () => {
    const session = await label(true);
    let come = () => {};
    engine.found = new Promise<void>((resolve) => {
      come = resolve;
    });
    await step(session, 1);
    session.prompts.add(pointAct(3));
    const moved = session.labelling.stepPicture(-1);
    await settle(20);
    expect(session.labelling.progress.value.at).toBe(1);
    come();
    await moved;
    expect(recorded(session)[1]).toEqual(["b.png", [...AUTOMATIC, "assisted-manual"]]);
  });

  test("a click beside automatic masks is semi-automatic, and so is a correction of one, which is there once", async () => {
    const session = await label(true);
    session.prompts.add(pointAct(3));
    session.objects.startNew();
    session.proposals.refine("1");
    expect(session.work.active?.stage).toBe("automatic");
    session.prompts.add(pointAct(5));
    await settle(20);
    await step(session, 1);
    expect(recorded(session)).toEqual([["a.png", ["automatic", "semi-automatic", "semi-automatic"]]]);
  });

  test("a recorded picture whose prompts are forgotten comes back with its masks, and keeps them", async () => {
    let session = await label(true);
    session.prompts.add(pointAct(3));
    await settle(20);
    await step(session, 1);
    session.dispose();
    // Prompts and automatic masks are kept of the last pictures only.
    for (const key of ["work", "found"]) made.settings.delete(key);
    session = await start(true);
    expect(engine.generated).toBe(0);
    expect(session.work.now.objects.map(({ stage }) => stage)).toEqual([...AUTOMATIC, "semi-automatic"]);
    session.objects.rename(session.work.now.objects[0].id, "Left");
    await step(session, 1);
    expect(recorded(session)[0]).toEqual(["a.png", [...AUTOMATIC, "semi-automatic"]]);
  });

  test("without a folder the open picture's record has what is painted: masks by hand and automatic ones", async () => {
    const session = await label(true, false);
    session.proposals.findAll();
    await settle(20);
    await session.labelling.saveRecords("sa-1b");
    session.prompts.add(pointAct(3));
    await session.labelling.saveRecords("sa-1b");
    const stages = made.saved.map(({ bytes }) =>
      JSON.parse(new TextDecoder().decode(bytes)).annotations.map(({ stage }: { stage: string }) => stage),
    );
    expect(stages).toEqual([AUTOMATIC, [...AUTOMATIC, "semi-automatic"]]);
  });

  test("time after the last prompt counts for the last object, reading the picture for none", async () => {
    const session = await label(false);
    await settle(150);
    session.prompts.add(pointAct(3));
    const first = session.work.now.objects[0].seconds;
    expect(first).toBeGreaterThan(0.1);
    await settle(150);
    await step(session, 1);
    const item = session.labelling.progress.value.done.get(0)!.items[0];
    expect(item.seconds).toBeGreaterThan(first + 0.1);
  });
});
