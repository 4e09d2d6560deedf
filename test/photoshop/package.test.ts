import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { zip } from "../../plugin/build/zip.mjs";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

interface Manifest {
  readonly manifestVersion: number;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly main: string;
  readonly host: { app: string; minVersion: string; data: { apiVersion: number; loadEvent: string } };
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
  beforeAll(() => {
    const pack = () =>
      execFileSync(process.execPath, [at("plugin/package.mjs").pathname, "--built"], { stdio: "pipe" });
    pack();
    first = readFileSync(at("dist/masksmith.ccx"));
    pack();
    files = entries(first);
    manifest = JSON.parse(files.get("manifest.json")!.toString()) as Manifest;
  });

  test("has at most 60 MB and the same bytes each time", () => {
    expect(statSync(at("dist/masksmith.ccx")).size).toBeLessThanOrEqual(60 * 1024 * 1024);
    expect(readFileSync(at("dist/masksmith.ccx")).equals(first)).toBe(true);
  });

  test("carries the plugin, the page, the model, the runtime and the licences; no path of a machine", () => {
    const names = [...files.keys()];
    for (const name of [
      "index.html",
      "index.js",
      "webview/index.html",
      "webview/main.js",
      "LICENSE",
      "licences/model.txt",
    ])
      expect(names).toContain(name);
    expect(names.some((name) => name.startsWith("webview/assets/models/"))).toBe(true);
    expect(names.some((name) => name.includes("ort-wasm-simd-threaded.wasm"))).toBe(true);
    for (const name of ["index.js", "webview/main.js"]) expect(files.get(name)!.includes(at("").pathname)).toBe(false);
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
    expect(manifest.host).toMatchObject({ app: "PS", minVersion: "26.0.0", data: { apiVersion: 2, loadEvent: "use" } });
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

  test("is written whole or not at all", () => {
    expect(existsSync(at("dist/masksmith.ccx.part"))).toBe(false);
  });
});
