import { afterEach, describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { Layer } from "../../hosts/browser/src/document/model.js";
import { documentState, groupLayer, noise, noiseMask, pixelLayer } from "../hosts/browser/states.js";
import { pause } from "./session.js";
import { LoadedPlugin } from "./simulator/plugin.js";
import { Simulator } from "./simulator/simulator.js";
import type { DocumentOptions } from "./simulator/state.js";
import { count, marquee } from "./simulator/user.js";
import { type Variants, WORST } from "./simulator/variants.js";
import { SimWebview } from "./simulator/webview.js";

/** The simulated Photoshop itself keeps the rules of its facts, row by row (README.md beside this file). */

const W = 64;
const H = 48;
const MASK = noiseMask(9, 6, 22, 17, 3);

interface Image {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  getData(options?: unknown): Promise<Uint8Array | Uint16Array | Float32Array>;
  dispose(): void;
}
interface Answer {
  readonly imageData: Image;
  readonly sourceBounds: Readonly<Record<"left" | "top" | "right" | "bottom", number>>;
  readonly level: number;
}
type Call = (options: Readonly<Record<string, unknown>>) => Promise<Answer>;
interface Scope {
  isCancelled: boolean;
  onCancel?: () => void;
  readonly hostControl: {
    suspendHistory(options: unknown): Promise<object>;
    resumeHistory(suspension: object, commit?: boolean): Promise<void>;
  };
}
interface Photoshop {
  readonly app: { readonly activeDocument: { readonly selection: { readonly bounds: unknown }; readonly id: number } };
  readonly core: {
    executeAsModal(work: (scope: Scope) => Promise<unknown>, options?: unknown): Promise<unknown>;
  };
  readonly action: {
    batchPlay(commands: readonly unknown[], options?: unknown): Promise<readonly Readonly<Record<string, unknown>>[]>;
    addNotificationListener(events: readonly string[], heard: (event: string, value: unknown) => void): Promise<void>;
  };
  readonly imaging: Readonly<
    Record<
      "getPixels" | "getSelection" | "getLayerMask" | "putSelection" | "putLayerMask" | "putPixels" | "encodeImageData",
      Call
    >
  > & { createImageDataFromBuffer(data: unknown, options: unknown): Promise<Image> };
}

function open(variants: Partial<Variants> = {}, options: DocumentOptions = {}, layers?: readonly Layer[]) {
  const simulator = new Simulator(variants);
  const document = simulator.open(documentState(W, H, layers), options);
  return { simulator, document, ps: simulator.photoshop as Photoshop };
}

function usual(changes: Partial<Layer> = {}): Layer {
  return { ...pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 1, true) }), ...changes } as Layer;
}

const NAMED = { commandName: "Test" };
const GREY = { components: 1, colorSpace: "Grayscale" };

async function grey(ps: Photoshop, { width, height, data } = MASK): Promise<Image> {
  return ps.imaging.createImageDataFromBuffer(data, { ...GREY, width, height });
}

async function select(ps: Photoshop): Promise<void> {
  const imageData = await grey(ps);
  await ps.imaging.putSelection({ imageData, targetBounds: { left: MASK.x, top: MASK.y } });
  imageData.dispose();
}

const MAKE_MASK = (using: string) => ({
  _obj: "make",
  new: { _class: "channel" },
  at: { _ref: "channel", _enum: "channel", _value: "mask" },
  using: { _enum: "userMaskEnabled", _value: using },
});

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

const SELECTION = { _ref: "channel", _property: "selection" };
const NONE = { _enum: "ordinal", _value: "none" };

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
      await pause(20);
      expect(heard).toEqual([]);
      await pause(60);
      expect(heard.length > 0).toBe(simulator.variants.leaksOwn);
      heard.length = 0;
      marquee(simulator, document, { left: 1, top: 1, right: 5, bottom: 5 });
      expect(document.selection).toMatchObject({ x: 1, width: 4 });
      await pause(30);
      const sets = heard.filter(([event]) => event === "set").map(([, value]) => value);
      expect(sets).toHaveLength(simulator.variants.twice ? 2 : 1);
      expect(Object.keys(sets[0])).toContain(simulator.variants.targetKey);
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

describe("imaging", () => {
  test("10: pixels are trimmed, and an empty region throws or has no size", async () => {
    const small = [pixelLayer(1, { x: 10, y: 12, width: 20, height: 9, pixels: noise(20, 9, 1, true) })];
    const { ps } = open({}, {}, small);
    const { sourceBounds, imageData } = await ps.imaging.getPixels({
      sourceBounds: { left: 0, top: 0, right: W, bottom: H },
    });
    expect(sourceBounds).toEqual({ left: 10, top: 12, right: 30, bottom: 21 });
    expect([imageData.width, imageData.height, imageData.components]).toEqual([20, 9, 4]);
    const nothing = { sourceBounds: { left: 40, top: 30, right: 50, bottom: 40 } };
    await expect(ps.imaging.getPixels(nothing)).rejects.toThrow();
    expect((await open({ empty: "zero" }, {}, small).ps.imaging.getPixels(nothing)).imageData.width).toBe(0);
  });

  test("11: half size and less is read from a level, whose pixels the bounds count; one level is none", async () => {
    const target = { targetSize: { width: W / 4, height: H / 4 } };
    const { level, sourceBounds } = await open().ps.imaging.getPixels(target);
    expect([level, sourceBounds.right, sourceBounds.bottom]).toEqual([2, W / 4, H / 4]);
    const flat = await open({ cacheLevels: 1 }).ps.imaging.getPixels(target);
    expect([flat.level, flat.sourceBounds.right, flat.imageData.width]).toEqual([0, W, W / 4]);
  });

  test("12: components and depths are the document's unless others are asked for", async () => {
    const expected: readonly (readonly [DocumentOptions, number, number])[] = [
      [{}, 3, 1],
      [{ mode: "grayscaleMode" }, 1, 1],
      [{ mode: "CMYKColorMode", bits: 16 }, 4, 2],
      [{ mode: "labColorMode", bits: 32 }, 3, 4],
    ];
    for (const [options, components, bytes] of expected) {
      const { ps } = open({}, options);
      const { imageData } = await ps.imaging.getPixels({});
      expect(imageData.components).toBe(components);
      const data = await imageData.getData();
      expect(data.BYTES_PER_ELEMENT).toBe(bytes);
      if (bytes === 2) expect(Math.max(...data)).toBeGreaterThan(32_000);
      if (bytes === 2) expect(Math.max(...data)).toBeLessThanOrEqual(32_768);
      const asked = await ps.imaging.getPixels({ colorSpace: "RGB", componentSize: 8 });
      expect([asked.imageData.components, (await asked.imageData.getData()).BYTES_PER_ELEMENT]).toEqual([3, 1]);
    }
  });

  test("13, 14: data is new each time; after dispose it throws; what is not disposed of is counted", async () => {
    const { ps, simulator } = open();
    const { imageData } = await ps.imaging.getPixels({});
    const [a, b] = [await imageData.getData(), await imageData.getData({})];
    expect(a).toEqual(b);
    expect(a).not.toBe(b);
    expect([simulator.imaging.leaked, simulator.imaging.bytes]).toEqual([1, W * H * 3]);
    imageData.dispose();
    expect([simulator.imaging.leaked, simulator.imaging.bytes]).toEqual([0, 0]);
    await expect(imageData.getData()).rejects.toThrow(/disposed/);
    await expect(ps.imaging.encodeImageData({ imageData })).rejects.toThrow(/disposed/);
  });

  test("15: image data is made of typed arrays of the right length, with all that describes them", async () => {
    const { ps } = open();
    const make = ps.imaging.createImageDataFromBuffer;
    const good = { ...GREY, width: 2, height: 2 };
    await expect(make(new Uint8Array(5), good)).rejects.toThrow(/length/);
    await expect(make(new ArrayBuffer(4), good)).rejects.toThrow(/typed array/);
    for (const key of ["width", "height", "components", "colorSpace"]) {
      await expect(make(new Uint8Array(4), { ...good, [key]: undefined })).rejects.toThrow(/required/);
    }
  });

  test("16: masks and selections take grey only, pixels go to pixel layers only", async () => {
    const { ps, document } = open({}, { kinds: { 3: "text" } }, [
      usual({ background: true } as never),
      usual({ id: 3 }),
      usual({ id: 4 }),
    ]);
    const rgb = await ps.imaging.createImageDataFromBuffer(new Uint8Array(12), {
      width: 2,
      height: 2,
      components: 3,
      colorSpace: "RGB",
    });
    await ps.core.executeAsModal(async () => {
      await expect(ps.imaging.putSelection({ imageData: rgb })).rejects.toThrow(/grayscale/);
      await expect(ps.imaging.putLayerMask({ imageData: rgb, layerID: 4 })).rejects.toThrow(/grayscale/);
      for (const layerID of [1, 3]) {
        await expect(ps.imaging.putPixels({ imageData: rgb, layerID })).rejects.toThrow(/no pixel layer/);
      }
      await ps.imaging.putPixels({ imageData: rgb, layerID: 4, targetBounds: { left: 5, top: 6, right: 50 } });
    }, NAMED);
    expect(document.layer(4)).toMatchObject({ x: 5, y: 6, width: 2, height: 2 });
  });

  test("17: putLayerMask replaces by default, makes a missing mask or rejects, and may not be shown", async () => {
    const put = async (variants: Partial<Variants>, layers: readonly Layer[], options: object = {}) => {
      const opened = open(variants, {}, layers);
      const imageData = await grey(opened.ps);
      await opened.ps.core.executeAsModal(
        () => opened.ps.imaging.putLayerMask({ imageData, layerID: 1, targetBounds: { left: 9, top: 6 }, ...options }),
        NAMED,
      );
      return opened.document;
    };
    await expect(put({ putMask: "rejects" }, [usual()])).rejects.toThrow(/no user mask/);
    expect((await put({ putMask: "creates" }, [usual()])).layer(1).mask).not.toBeNull();
    const around = { ...toCoverage(noiseMask(40, 30, 9, 9, 1)), enabled: true };
    const masked = [usual({ mask: around })];
    expect((await put({ putOutside: "black" }, masked)).layer(1).mask).toMatchObject({ x: 9, width: 22, outside: 0 });
    expect((await put({ putOutside: "white" }, masked)).layer(1).mask?.outside).toBe(255);
    expect((await put({}, masked, { replace: false })).layer(1).mask).toMatchObject({ x: 9, width: 40 });
    expect((await put({ redraws: false }, masked)).isStale).toBe(true);
    expect((await put({ redraws: true }, masked)).isStale).toBe(false);
  });

  test("18: the Background takes no mask, or becomes a layer by it; locked layers take none", async () => {
    const make = async (backgroundMask: Variants["backgroundMask"], layer: Layer) => {
      const { ps, document } = open({ backgroundMask }, {}, [layer]);
      const [answer] = (await ps.core.executeAsModal(() => ps.action.batchPlay([MAKE_MASK("hideAll")]), NAMED)) as {
        _obj?: string;
      }[];
      return { failed: answer._obj === "error", mask: document.layer(1).mask };
    };
    const background = usual({ background: true } as never);
    expect(await make("error", background)).toEqual({ failed: true, mask: null });
    expect((await make("converts", background)).failed).toBe(false);
    expect(await make("converts", usual({ locked: true }))).toEqual({ failed: true, mask: null });
  });

  test("19: only opaque RGB becomes a JPEG", async () => {
    const { ps } = open();
    await expect(ps.imaging.encodeImageData({ imageData: await grey(ps) })).rejects.toThrow(/cannot be encoded/);
    const { imageData } = await open({}, {}, [usual({ opacity: 0.5 })]).ps.imaging.getPixels({});
    expect(imageData.components).toBe(4);
    const opaque = await ps.imaging.getPixels({});
    expect(typeof (await ps.imaging.encodeImageData({ imageData: opaque.imageData }))).toBe("string");
  });

  test("20: without a selection getSelection throws and the bounds are null; with one it is trimmed", async () => {
    const { ps, document } = open({ overhang: 3 });
    expect(ps.app.activeDocument.selection.bounds).toBeNull();
    await expect(ps.imaging.getSelection({})).rejects.toThrow(/no selection/);
    document.act("Select", document.selected(toCoverage(MASK)));
    const { sourceBounds } = await ps.imaging.getSelection({ sourceBounds: { left: 0, top: 0, right: W, bottom: H } });
    expect(sourceBounds).toEqual({ left: 9, top: 6, right: 31, bottom: 23 });
    expect(ps.app.activeDocument.selection.bounds).toEqual({ left: 6, top: 3, right: 34, bottom: 26 });
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

describe("the bridge", () => {
  function joined(bridge: Partial<Variants["bridge"]>) {
    const heard: { readonly event: unknown; readonly at: number }[] = [];
    const hear = (event: unknown) => heard.push({ event, at: performance.now() });
    const webview = new SimWebview({ ...WORST.bridge, ...bridge }, hear, () => false);
    webview.src = "plugin:/webview/index.html";
    return { webview, heard, page: webview.page! };
  }

  test("24: JSON only, a task late, in order, lost before anyone listens", async () => {
    const { webview, heard, page } = joined({});
    webview.postMessage("lost");
    const got: unknown[] = [];
    await pause(5);
    page.receive = (event) => got.push((event as { data: unknown }).data);
    webview.postMessage({ bytes: Uint8Array.of(1, 2), none: undefined, nan: Number.NaN });
    webview.postMessage("second");
    expect(got).toEqual([]);
    await pause(5);
    expect(got).toEqual([{ bytes: { 0: 1, 1: 2 }, nan: null }, "second"]);
    page.post("up");
    expect(heard).toEqual([]);
    await pause(5);
    expect(heard[0].event).toMatchObject({ data: "up" });
  });

  test("25: dressed as the variant says", async () => {
    const { heard, page } = joined({ key: "message", form: "object", envelope: true, source: "null", origin: "null" });
    page.post('{"a":1}');
    await pause(5);
    expect(heard[0].event).toEqual({
      message: { type: "uxp-webview", payload: { a: 1 } },
      origin: "null",
      source: null,
    });
  });

  test("26: as fast as said, and what is longer than said is lost", async () => {
    const { heard, page } = joined({ bytesPerSecond: 5e6, longest: 400_000 });
    const started = performance.now();
    for (let i = 0; i < 3; i++) page.post("x".repeat(300_000));
    page.post("y".repeat(500_000));
    await pause(260);
    expect(heard).toHaveLength(3);
    expect(heard[2].at - started).toBeGreaterThan(170);
  });
});

describe("the plugin's realm", () => {
  const loaded: LoadedPlugin[] = [];
  afterEach(() => {
    for (const one of loaded.splice(0)) one.unload();
  });
  function load(script: string, files?: Map<string, unknown>): LoadedPlugin {
    const plugin = new LoadedPlugin(new Simulator(), files, script);
    loaded.push(plugin);
    return plugin;
  }
  const ENTRIES = `{
    panels: { masksmithPanel: { create() {} } },
    commands: { selectInBox() {}, maskInBox() {}, maskAll() {}, selfTest() {} },
  }`;
  const SETUP = `require("uxp").entrypoints.setup(${ENTRIES});`;

  test("31: setup comes once, at once, and for what the manifest names; slow handlers are caught", async () => {
    expect(() => load(`${SETUP}${SETUP}`)).toThrow(/twice/);
    expect(() => load("")).toThrow(/not called/);
    expect(() => load(`setTimeout(() => { try { ${SETUP} } catch {} }, 1)`)).toThrow(/not called/);
    expect(() => load(SETUP.replace("maskAll", "other"))).toThrow(/not in the manifest/);
    const plugin = load(SETUP.replace("selfTest() {}", "selfTest: () => new Promise(() => {})"));
    plugin.command("maskAll");
    plugin.command("selfTest");
    await pause(320);
    expect(plugin.violations).toEqual(["selfTest took too long"]);
  });

  test("32: it lacks what UXP lacks", () => {
    const absent = [
      ...["Worker", "OffscreenCanvas", "structuredClone", "TextEncoder", "TextDecoder", "CompressionStream"],
      ...["SharedArrayBuffer", "matchMedia", "queueMicrotask", "MutationObserver", "Image", "Buffer", "process"],
    ];
    const plugin = load(`${SETUP}
      for (const name of ${JSON.stringify(absent)}) if (name in globalThis) throw new Error(name);
      if (crypto.subtle || document.createElement("canvas").getContext || devicePixelRatio !== 1) throw new Error("more");
      let refused = 0;
      try { eval("1") } catch { refused++ }
      try { new Function("return 1") } catch { refused++ }
      if (refused !== 2) throw new Error("code from text");
      let settled = false;
      WebAssembly.instantiate(new Uint8Array(8)).finally(() => { settled = true; });
      setTimeout(() => { if (settled) require("uxp").storage.none(); }, 20);
    `);
    expect(plugin.entries.commands).toBeDefined();
  });

  test("33: the package cannot be written, data is kept, temporary files go, pickers can be cancelled", async () => {
    const script = `${SETUP}
      const fs = require("uxp").storage.localFileSystem;
      globalThis.window.tried = (async () => {
        const folder = await fs.getPluginFolder();
        const refused = await folder.createFile("x").then(() => false, () => true);
        const [data, temporary] = [await fs.getDataFolder(), await fs.getTemporaryFolder()];
        const kept = await data.getEntry("a").then(() => true, () => false);
        const stale = await temporary.getEntry("b").then(() => true, () => false);
        await (await data.createFile("a")).write("1");
        await (await temporary.createFile("b")).write("1");
        const chosen = await fs.getFolder();
        return { refused, kept, stale, folder: chosen, picked: await fs.getFileForSaving("c.png", { types: ["png"] }) };
      })();`;
    const files = new Map<string, unknown>();
    const run = (source: string) => {
      const plugin = load(source, files);
      plugin.cancelsDialogs = true;
      return (plugin.window as unknown as { tried: Promise<unknown> }).tried;
    };
    expect(await run(script)).toMatchObject({ refused: true, kept: false, stale: false, folder: null, picked: null });
    expect(await run(script)).toMatchObject({ kept: true, stale: false });
  });

  test("33: by path only the plugin's own folders; a picked file is copied there, and goes once it is closed", async () => {
    const plugin = load(`${SETUP}
      const { localFileSystem } = require("uxp").storage;
      const fs = require("fs");
      globalThis.window.tried = (async () => {
        const refused = async (path) => fs.open(path, "r").then(() => "opened", (error) => error.message.slice(0, 6));
        const denied = [];
        for (const path of ["/etc/passwd", "file:/etc/passwd", "plugin-temp:/../x", "plugin-temp:/none"]) {
          denied.push(await refused(path));
        }
        const [entry] = await (await localFileSystem.getFolder()).getEntries();
        const temporary = await localFileSystem.getTemporaryFolder();
        await entry.copyTo(temporary, { overwrite: true });
        const again = await entry.copyTo(temporary).then(() => true, () => false);
        const file = await fs.open("plugin-temp:/a.bin", "r");
        const buffer = new ArrayBuffer(4);
        const { bytesRead } = await fs.read(file, buffer, 1, 3, 1);
        const busy = await fs.unlink("plugin-temp:/a.bin").then(() => false, () => true);
        await fs.close(file);
        await fs.unlink("plugin-temp:/a.bin");
        const closed = await fs.read(file, buffer, 0, 1, 0).then(() => false, () => true);
        return { denied, again, bytesRead, bytes: [...new Uint8Array(buffer)], busy, closed };
      })();`);
    plugin.picked.picks = new Map([["a.bin", Uint8Array.of(5, 6, 7)]]);
    const { tried } = plugin.window as unknown as { tried: Promise<unknown> };
    expect(await tried).toEqual({
      denied: ["EACCES", "EACCES", "EACCES", "ENOENT"],
      again: false,
      bytesRead: 2,
      bytes: [0, 6, 7, 0],
      busy: true,
      closed: true,
    });
  });

  test("34: every way to the network is refused and noted", async () => {
    const plugin = load(`${SETUP}
      fetch("https://a.example").catch(() => {});
      try { new WebSocket("wss://b.example") } catch {}
      try { new XMLHttpRequest() } catch {}
    `);
    expect(plugin.requests).toEqual(["https://a.example", "wss://b.example", "XMLHttpRequest"]);
  });
});
