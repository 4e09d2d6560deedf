import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { crc32, inflateRawSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packPlugin } from "../../plugin/build/pack.mjs";
import { buildPlugin } from "../../plugin/build/plugin.mjs";
import { zip } from "../../plugin/build/zip.mjs";
import { builtPlugin } from "./builtPlugin.js";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

interface Manifest {
  readonly manifestVersion: number;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly main: string;
  readonly host: {
    app: string;
    minVersion: string;
    data: { apiVersion: number; loadEvent: string; enableMenuRecording: boolean };
  };
  readonly requiredPermissions: Record<string, unknown> & { webview: Record<string, unknown> };
  readonly entrypoints: readonly { type: string; id: string; label: { default: string }; icons?: readonly Icon[] }[];
  readonly icons: readonly Icon[];
}

interface Icon {
  readonly width: number;
  readonly height: number;
  readonly path: string;
  readonly scale: readonly number[];
  readonly theme: readonly string[];
}

/** What each Photoshop asks of the webview's permission. */
const WEBVIEW_RULES: Readonly<Record<string, readonly string[]>> = {
  "26.0": ["allow", "domains", "allowLocalRendering", "enableMessageBridge"],
  "26.10": ["allow", "allowLocalRendering", "enableMessageBridge"],
  "27.4": ["allowLocalRendering", "enableMessageBridge"],
};

/** Entries of a zip by its central directory, their bytes checked. */
function entries(file: Buffer): Map<string, Buffer> {
  const end = file.lastIndexOf("PK\x05\x06", undefined, "latin1");
  const found = new Map<string, Buffer>();
  for (let i = 0, o = file.readUInt32LE(end + 16); i < file.readUInt16LE(end + 10); i++) {
    const [size, nameLength, offset] = [
      file.readUInt32LE(o + 20),
      file.readUInt16LE(o + 28),
      file.readUInt32LE(o + 42),
    ];
    const name = file.toString("utf8", o + 46, o + 46 + nameLength);
    const start = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28);
    const bytes = inflateRawSync(file.subarray(start, start + size));
    if (crc32(bytes) !== file.readUInt32LE(o + 16)) throw new Error(`${name} is damaged`);
    found.set(name, bytes);
    o += 46 + nameLength;
  }
  return found;
}

test("a zip holds what was put in, the same bytes whatever the order, and a reader of its own opens it", () => {
  const files = [
    ["b/ä.txt", Buffer.from("words ".repeat(1000))],
    ["a.bin", Buffer.from(Uint8Array.from({ length: 999 }, (_, i) => i * 7))],
    ["empty", Buffer.alloc(0)],
  ] as const;
  const packed = zip(new Map(files));
  expect(packed.equals(zip(new Map([...files].reverse())))).toBe(true);
  expect(entries(packed)).toEqual(new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))));
});

describe("the package", () => {
  let manifest: Manifest;
  let files: Map<string, Buffer>;
  let first: Buffer;
  let second: Buffer;
  const folder = mkdtempSync(`${tmpdir()}/masksmith-package-`);
  beforeAll(async () => {
    // The one that the simulated Photoshop loads, and one more from nothing in a folder of another name.
    await builtPlugin();
    await buildPlugin(`${folder}/other/folder`);
    const pack = async (dist: string, name: string) => {
      await packPlugin(dist, `${folder}/${name}.ccx`);
      return readFileSync(`${folder}/${name}.ccx`);
    };
    first = await pack(fileURLToPath(at("plugin/dist")), "one");
    second = await pack(`${folder}/other/folder`, "other");
    files = entries(first);
    manifest = JSON.parse(files.get("manifest.json")!.toString()) as Manifest;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("has at most 60 MB and the same bytes each time it is built", () => {
    expect(first.length).toBeLessThanOrEqual(60 * 1024 * 1024);
    expect(second.equals(first)).toBe(true);
    expect(existsSync(`${folder}/one.ccx.part`)).toBe(false);
  });

  test("carries the licence of each package it is made of, and of what is inside them", () => {
    const notices = files.get("licences/third-party.txt")!.toString();
    const lock = JSON.parse(readFileSync(at("package-lock.json"), "utf8")) as {
      packages: Readonly<Record<string, { version: string }>>;
    };
    const named = new Set([...notices.matchAll(/^(\S+) (\d\S*) \((?:.+)\)$/gm)].map(([, name]) => name));
    for (const name of ["onnxruntime-web", "zod", "lit", "comlink", "base64-js", "@noble/hashes", "focus-visible"]) {
      expect(named.has(name), name).toBe(true);
      expect(notices).toContain(`${name} ${lock.packages[`node_modules/${name}`].version} (`);
    }
    for (const words of ["MIT License", "Apache License", "Microsoft Corporation", "Copyright (c) 2017 Google LLC"]) {
      expect(notices.toLowerCase()).toContain(words.toLowerCase());
    }
    expect(files.get("licences/onnxruntime-third-party.txt")!.toString()).toMatch(/protobuf/i);
    expect(files.get("LICENSE")!.toString()).toContain("Apache License");
    expect(files.get("licences/model.txt")!.toString()).toMatch(/Copyright/);
  });

  test("carries the plugin, the page, the model, the runtime and the licences; no path of a machine", () => {
    const names = [...files.keys()];
    for (const name of ["index.html", "index.js", "webview/index.html", "webview/main.js"])
      expect(names).toContain(name);
    expect(names.some((name) => name.startsWith("webview/assets/models/"))).toBe(true);
    expect(names.some((name) => name.includes("ort-wasm-simd-threaded.wasm"))).toBe(true);
    for (const path of [at("").pathname, folder]) {
      for (const name of names.filter((one) => !one.startsWith("webview/assets/"))) {
        expect(files.get(name)!.includes(path), name).toBe(false);
      }
    }
  });

  test("asks for no network and only what it uses", () => {
    expect(Object.keys(manifest.requiredPermissions).sort()).toEqual(["localFileSystem", "webview"]);
    expect(manifest.requiredPermissions.localFileSystem).toBe("request");
    expect(manifest.requiredPermissions.webview.domains).toEqual([]);
  });

  test.each(Object.entries(WEBVIEW_RULES))("has the webview's keys for Photoshop %s", (_, keys) => {
    const { webview } = manifest.requiredPermissions;
    for (const key of keys) expect(Object.hasOwn(webview, key), key).toBe(true);
    expect(webview).toMatchObject({ allow: "yes", allowLocalRendering: "yes", enableMessageBridge: "localOnly" });
  });

  test("has a manifest as version 5 asks for", () => {
    expect(manifest).toMatchObject({ manifestVersion: 5, main: "index.html" });
    expect(manifest.host).toMatchObject({
      app: "PS",
      minVersion: "26.0.0",
      data: { apiVersion: 2, loadEvent: "use", enableMenuRecording: true },
    });
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest.name.length).toBeGreaterThanOrEqual(3);
    expect(manifest.name.length).toBeLessThanOrEqual(45);
    const ids = manifest.entrypoints.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const html = files.get("index.html")!.toString();
    expect(html).toContain('<script src="index.js">');
    expect(html).not.toContain("module");
  });

  test("has every icon it names, at each scale, in its size", async () => {
    const icons = [...manifest.icons, ...manifest.entrypoints.flatMap((one) => one.icons ?? [])];
    const themes = new Set(icons.flatMap(({ theme }) => theme));
    for (const theme of ["darkest", "dark", "light", "lightest"]) expect(themes.has(theme)).toBe(true);
    for (const { path, scale, width, height } of icons) {
      for (const factor of scale) {
        const bytes = files.get(path.replace(".png", `@${factor}x.png`))!;
        const found = await sharp(bytes).metadata();
        expect([found.format, found.width, found.height]).toEqual(["png", width * factor, height * factor]);
      }
    }
  });
});
