import { afterEach, describe, expect, test } from "vitest";
import { ownClock } from "../../support/clock.js";
import { pause } from "../session.js";
import { LoadedPlugin } from "../simulator/plugin.js";
import { Simulator } from "../simulator/simulator.js";
import { type Variants, WORST } from "../simulator/variants.js";
import { SimWebview } from "../simulator/webview.js";

ownClock();

/** The simulated Photoshop itself keeps the rules of its facts, row by row (README.md in the folder above). */

describe("the bridge", () => {
  function joined(bridge: Partial<Variants["bridge"]>) {
    const heard: { readonly event: unknown; readonly at: number }[] = [];
    const hear = (event: unknown) => heard.push({ event, at: Date.now() });
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
    const started = Date.now();
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
