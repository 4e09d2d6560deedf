import { box } from "@masksmith/core";
import { beforeEach, describe, expect, test } from "vitest";
import { type GroupLayer, PictureDocument } from "../../../hosts/browser/src/document/index.js";
import { BrowserHost } from "../../../hosts/browser/src/host/browserHost.js";
import { fileName } from "../../../hosts/browser/src/host/download.js";
import { layeredPsd } from "../../../hosts/browser/src/host/layeredPsd.js";
import { readPsd, writePsd } from "../../../hosts/browser/src/psd/index.js";
import type { HostDocument } from "../../../panel/host.js";
import type { DocumentCanvas } from "../../../panel/viewport/index.js";
import { documentState, noiseMask } from "./states.js";

const SIZE = { width: 40, height: 30 };

let host: BrowserHost;
let open: PictureDocument;
beforeEach(() => {
  host = new BrowserHost({} as DocumentCanvas);
  open = new PictureDocument("document-1", "a.png", documentState(40, 30));
  host.setDocument(open);
});

const cup = [{ name: "Cup", mask: noiseMask(5, 6, 12, 10, 1), parent: null }];

describe("BrowserHost", () => {
  test("reads the whole pixels that a region touches, cut to the document", async () => {
    const { region, raster } = await host.readPixels(box("document", 10.4, -3, 60, 12.2), 100);
    expect(region).toEqual({ x0: 10, y0: 0, x1: 40, y1: 13 });
    expect([raster.width, raster.height, raster.channels]).toEqual([30, 13, 4]);
  });

  test("refuses a region beside the document and a document that is gone", async () => {
    await expect(host.readPixels(box("document", 50, 0, 60, 10), 100)).rejects.toMatchObject({ kind: "input" });
    const reading = host.readPixels(null, 10);
    host.setDocument(null);
    await expect(reading).rejects.toMatchObject({ kind: "state" });
    await expect(host.readPixels(null, 10)).rejects.toMatchObject({ kind: "state" });
    expect(await host.document()).toBeNull();
  });

  test("applies nothing to another document than the one meant", async () => {
    const output = { kind: "selection", mode: "replace" } as const;
    await expect(host.apply({ documentId: "document-0", size: SIZE, output, items: cup })).rejects.toMatchObject({
      kind: "state",
    });
    expect(await host.selection()).toBeNull();
    await host.apply({ documentId: "document-1", size: SIZE, output, items: cup });
    expect(await host.selection()).toMatchObject({ x: 5, y: 6, width: 12, height: 10 });
  });

  test("an output under way when the document is replaced changes neither", async () => {
    const applying = host.apply({ documentId: "document-1", size: SIZE, output: { kind: "new-layer" }, items: cup });
    const next = new PictureDocument("document-2", "b.png", documentState(20, 20));
    host.setDocument(next);
    await expect(applying).rejects.toMatchObject({ kind: "state" });
    expect([open.history.index, next.history.index]).toEqual([0, 0]);
  });

  test("writes a result into a PSD and leaves the open document as it is", async () => {
    const { state, history } = open;
    const psd = layeredPsd(host, async (result) => writePsd(result));
    const request = { documentId: "document-1", size: SIZE, output: { kind: "group" }, items: cup } as const;
    const { suggestedName, bytes } = await psd(request);
    expect(suggestedName).toBe("a-layers");
    const [background, group] = readPsd(bytes as Uint8Array<ArrayBuffer>, "a.psd").state.layers as GroupLayer[];
    expect(background.name).toBe("Background");
    expect(group.children.map(({ name, mask }) => [name, mask?.x, mask?.y])).toEqual([["Cup", 5, 6]]);
    expect(Buffer.compare(group.children[0].mask!.data, cup[0].mask.data)).toBe(0);
    expect([open.state === state, history.index]).toEqual([true, 0]);
    await expect(psd({ ...request, documentId: "document-0" })).rejects.toMatchObject({ kind: "state" });
  });

  test("tells of documents and their changes until asked not to", async () => {
    const told: (HostDocument | null)[] = [];
    const stop = host.on("document", (document) => told.push(document));
    await host.apply({
      documentId: "document-1",
      size: SIZE,
      output: { kind: "layer-mask", mode: "replace" },
      items: cup,
    });
    host.setDocument(null);
    stop();
    host.setDocument(open);
    expect(told.map((document) => document?.activeLayer ?? null)).toEqual(["Layer 0", null]);
  });

  test("keeps settings for its life where storage is refused", async () => {
    await host.writeSetting("tool", { kind: "box" });
    expect(await host.readSetting("tool")).toEqual({ kind: "box" });
    expect(await host.readSetting("never written")).toBeUndefined();
  });
});

describe("fileName", () => {
  test("adds the type's extension once and drops what file systems refuse", () => {
    expect(fileName("cup", "image/png")).toBe("cup.png");
    expect(fileName("cup.PSD", "image/vnd.adobe.photoshop")).toBe("cup.PSD");
    expect(fileName("a/b:c?", "image/svg+xml")).toBe("a_b_c_.svg");
  });
});
