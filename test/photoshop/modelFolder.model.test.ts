import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { modelOfFolder } from "../../panel/session/models/modelFolder.js";
import { BridgeHost } from "../../plugin/webview/bridgeHost.js";
import { TestPage, until } from "./session.js";
import { Simulator } from "./simulator/simulator.js";

const MODEL = new URL("../fixtures/models/sam-tiny-512/", import.meta.url);
const MEGABYTE = 1 << 20;

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

function open(simulator = new Simulator(), disk?: Map<string, unknown>) {
  const page = new TestPage(simulator, disk);
  pages.push(page);
  return { page, plugin: page.plugin, host: new BridgeHost(page.end, async () => null) };
}

function modelFiles(): Map<string, Uint8Array | null> {
  const entries = readdirSync(MODEL, { withFileTypes: true });
  const read = (name: string) => Uint8Array.from(readFileSync(new URL(name, MODEL)));
  return new Map(entries.map((entry) => [entry.name, entry.isFile() ? read(entry.name) : null]));
}

const isSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

test("the page gets each file of the folder that the user picks, byte for byte, read once", async () => {
  const { page, plugin, host } = open();
  const given = modelFiles();
  // Longer than one part, and than two, by a little.
  const long = Uint8Array.from({ length: 1_500_001 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  plugin.picked.picks = given.set("long.bin", long).set("empty.bin", new Uint8Array(0));
  const folder = (await host.pickModelFolder())!;
  const files = [...given].filter((entry): entry is [string, Uint8Array] => entry[1] !== null);
  expect(folder.files).toEqual(files.map(([name, { length }]) => ({ name, bytes: length })));
  expect(plugin.picked.read).toEqual([]);
  const model = await modelOfFolder(folder);
  expect(model.id).toBe(JSON.parse(Buffer.from(given.get("manifest.json")!).toString()).id);
  const read = await Promise.all(files.map(async ([name]) => folder.read(name)));
  for (const [i, [name, bytes]] of files.entries()) expect(isSame(read[i], bytes), name).toBe(true);
  expect(plugin.picked.read.filter((name) => name === "long.bin")).toHaveLength(1);
  expect(page.webview.longest).toBeLessThanOrEqual(MEGABYTE);
});

test("a dialog that is cancelled gives nothing, and the next one is asked again", async () => {
  const { plugin, host } = open();
  plugin.cancelsDialogs = true;
  expect(await host.pickModelFolder()).toBeUndefined();
  plugin.cancelsDialogs = false;
  plugin.picked.picks = modelFiles();
  expect((await host.pickModelFolder())?.files.length).toBeGreaterThan(3);
});

test("a folder without a manifest is named in one line, and nothing of it is read", async () => {
  const { plugin, host } = open();
  plugin.picked.picks = new Map([["holiday.jpg", Uint8Array.of(1, 2, 3)]]);
  const folder = (await host.pickModelFolder())!;
  await expect(modelOfFolder(folder)).rejects.toThrow(
    /^The folder has no manifest\.json; choose the folder of a model$/,
  );
  expect(plugin.picked.read).toEqual([]);
});

const HOSTILE = [
  "../settings.json",
  "/etc/passwd",
  "C:\\a.onnx",
  "a/b.onnx",
  "..",
  ".",
  "",
  "a\0b",
  "x".repeat(256),
  7,
];

test("names that are not the folder's own, and parts beyond bounds, never reach a read", async () => {
  const { page, plugin } = open();
  plugin.picked.picks = modelFiles().set("../settings.json", Uint8Array.of(1)).set("a/b.onnx", Uint8Array.of(1));
  const { folder, files } = (await page.end.call("pickModelFolder", {})) as {
    folder: string;
    files: { name: string }[];
  };
  expect(files.map(({ name }) => name)).not.toContain("../settings.json");
  const ask = { folder, name: "manifest.json", from: 0, length: 10 };
  const refused = [
    ...[...HOSTILE, "missing.onnx", "reference", "__proto__"].map((name) => ({ ...ask, name })),
    ...[-1, 0.5, 2 ** 31, null].map((from) => ({ ...ask, from })),
    ...[0, -1, MEGABYTE + 1, 1e300].map((length) => ({ ...ask, length })),
    ...["", "0".repeat(32), null].map((other) => ({ ...ask, folder: other })),
  ];
  for (const params of refused) {
    const kind = expect.stringMatching(/^(input|model)$/);
    await expect(page.end.call("readModelFile", params), JSON.stringify(params)).rejects.toMatchObject({ kind });
  }
  expect(plugin.picked.read).toEqual([]);
  expect(await page.end.call("readModelFile", ask)).toHaveLength(10);
});

test("a file larger than a host can hold is refused by its size, unread", async () => {
  const { page, plugin, host } = open();
  const huge = new Uint8Array(0);
  Object.defineProperty(huge, "length", { value: 10_000_000_000 });
  plugin.picked.picks = new Map([["huge.onnx", huge]]);
  await expect((await host.pickModelFolder())!.read("huge.onnx")).rejects.toThrow(
    /^huge\.onnx has 9\.3 GB; in Photoshop 1\.0 GB at most$/,
  );
  const { folder } = (await page.end.call("pickModelFolder", {})) as { folder: string };
  const ask = { folder, name: "huge.onnx", from: 0, length: 1 };
  await expect(page.end.call("readModelFile", ask)).rejects.toMatchObject({ kind: "model" });
  expect(plugin.picked.read).toEqual([]);
});

describe("a large file", () => {
  // Longer than what is held whole, by a little more than a part.
  const large = Uint8Array.from({ length: 10_000_001 }, (_, i) => (i * 31 + (i >> 8)) & 255);

  async function pick() {
    const opened = open();
    opened.plugin.picked.picks = new Map([["large.onnx", large]]);
    return { ...opened, folder: (await opened.host.pickModelFolder())! };
  }

  test("comes in parts, with progress, and is never read whole", async () => {
    const { page, plugin, folder } = await pick();
    const heard: number[] = [];
    const bytes = await folder.read("large.onnx", { onProgress: (fraction) => heard.push(fraction) });
    expect(isSame(bytes, large)).toBe(true);
    expect(heard.length).toBeGreaterThan(10);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard.at(-1)).toBe(1);
    expect(plugin.picked).toMatchObject({ read: [], copied: ["large.onnx"] });
    expect(page.webview.longest).toBeLessThanOrEqual(MEGABYTE);
    expect([...plugin.picked.temporary.keys()]).toEqual([]);
  });

  test("is cancelled between two parts, leaves nothing behind, and can be asked for again", async () => {
    const { plugin, folder } = await pick();
    const abort = new AbortController();
    const cancelled = folder.read("large.onnx", { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(cancelled).rejects.toMatchObject({ kind: "aborted" });
    await until(() => plugin.picked.temporary.size === 0);
    expect(isSame(await folder.read("large.onnx"), large)).toBe(true);
  });

  test("two at a time do not disturb each other", async () => {
    const { plugin, host, folder } = await pick();
    const other = large.map((byte) => byte ^ 255);
    plugin.picked.picks = new Map([["large.onnx", other]]);
    const second = (await host.pickModelFolder())!;
    const [a, b] = await Promise.all([folder.read("large.onnx"), second.read("large.onnx")]);
    expect(isSame(a!, large)).toBe(true);
    expect(isSame(b!, other)).toBe(true);
  });

  test.each(["no fs", "no room"] as const)(
    "with %s is read whole if it is not too large, else refused",
    async (fault) => {
      const { plugin, host, folder } = await pick();
      plugin.picked.fault = fault;
      expect(isSame(await folder.read("large.onnx"), large)).toBe(true);
      expect(plugin.picked.read).toEqual(["large.onnx"]);
      const huge = new Uint8Array(0);
      Object.defineProperty(huge, "length", { value: 300_000_000 });
      plugin.picked.picks = new Map([["huge.onnx", huge]]);
      const refused = (await host.pickModelFolder())!.read("huge.onnx");
      await expect(refused).rejects.toThrow(
        /^Photoshop could not copy huge\.onnx \(300 MB\) to its temporary folder: /,
      );
      expect(plugin.picked.read).toEqual(["large.onnx"]);
    },
  );
});

describe("the folder that is kept for the next start", () => {
  /** A folder is picked and kept; `anew` loads the plugin again, on the same disk. */
  async function keep() {
    const simulator = new Simulator();
    const disk = new Map<string, unknown>();
    const first = open(simulator, disk);
    first.plugin.picked.picks = modelFiles();
    const folder = (await first.host.pickModelFolder())!;
    await first.host.keepModelFolder(folder);
    const written = () => String(disk.get("settings.json"));
    const anew = async (holds: () => boolean) => {
      await until(holds);
      for (const page of pages.splice(0)) page.close();
      return open(simulator, disk);
    };
    const [token = ""] = simulator.tokens.keys();
    return { ...first, simulator, folder, isWritten: () => written().includes(token), anew };
  }

  test("is there when page and plugin are loaded anew, byte for byte, without asking the user", async () => {
    const { folder, simulator, isWritten, anew } = await keep();
    const { plugin, host } = await anew(isWritten);
    plugin.cancelsDialogs = true;
    const kept = (await host.keptModelFolder())!;
    expect(kept.files).toEqual(folder.files);
    const { name } = kept.files.find(({ name }) => name.endsWith(".onnx"))!;
    expect(isSame(await kept.read(name), modelFiles().get(name)!)).toBe(true);
    // Kept again, it needs no other token: there may be none to be had.
    plugin.picked.tokenFault = "none given";
    await host.keepModelFolder(kept);
    expect(simulator.tokens.size).toBe(1);
    expect((await host.keptModelFolder())?.files).toEqual(folder.files);
  });

  test.each(["refused", "gone"] as const)("is forgotten with one line if it is %s", async (fault) => {
    const { isWritten, anew } = await keep();
    const { plugin, host } = await anew(isWritten);
    plugin.picked.tokenFault = fault;
    await expect(host.keptModelFolder()).rejects.toMatchObject({
      kind: "model",
      message: expect.stringMatching(/^The folder of your own model can no longer be opened: .+$/),
    });
    plugin.picked.tokenFault = null;
    expect(await host.keptModelFolder()).toBeUndefined();
    const { host: later } = await anew(() => !isWritten());
    expect(await later.keptModelFolder()).toBeUndefined();
  });

  test("is forgotten when the user goes back to another model, even while its token is being made", async () => {
    const { host, folder, isWritten, anew } = await keep();
    await Promise.all([host.keepModelFolder(folder), host.keepModelFolder(null)]);
    expect(await host.keptModelFolder()).toBeUndefined();
    const { host: later } = await anew(() => !isWritten());
    expect(await later.keptModelFolder()).toBeUndefined();
  });

  test("is given up if three starts did not come to an end", async () => {
    const { host } = await keep();
    for (let start = 0; start < 3; start++) expect(await host.keptModelFolder()).toBeDefined();
    await expect(host.keptModelFolder()).rejects.toThrow(/it did not open in 3 starts$/);
    expect(await host.keptModelFolder()).toBeUndefined();
  });

  test("is none if Photoshop gives no token, if it was not picked, or if the page made it up", async () => {
    const { page, plugin, host } = open();
    plugin.picked.picks = modelFiles();
    const folder = (await host.pickModelFolder())!;
    plugin.picked.tokenFault = "none given";
    await expect(host.keepModelFolder(folder)).rejects.toThrow(/no token/);
    await expect(page.end.call("keepModelFolder", { folder: "0".repeat(32) })).rejects.toMatchObject({ kind: "model" });
    for (const wrong of ["../x", "", 7, undefined]) {
      await expect(page.end.call("keepModelFolder", { folder: wrong })).rejects.toMatchObject({ kind: "input" });
    }
    await page.end.call("writeSetting", { key: "model folder", value: { token: "made up", starts: 0 } });
    expect(await host.keptModelFolder()).toBeUndefined();
  });
});
