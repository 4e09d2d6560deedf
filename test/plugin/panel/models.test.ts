import { parseManifest } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { describe, expect, test } from "vitest";
import { PageEmbeddingStore } from "../../../plugin/panel/engine/embeddingStore.js";
import { folderOfFiles, keyOf, ModelShelf, modelOfFolder, panelModel } from "../../../plugin/panel/session/models.js";

const carried = () => panelModel({ manifest: model.manifest, read: async () => new Uint8Array(1) }, "built in");
const modelOfFiles = (files: readonly File[]) => modelOfFolder(folderOfFiles(files));
const file = (name: string, text: string) => new File([text], name);

describe("models to choose from", () => {
  test("one of the same id and version takes the other's place; only another one is a choice", () => {
    const shelf = new ModelShelf([carried()]);
    const other = { ...carried(), version: "9.9.9" };
    shelf.choose(other);
    expect(shelf.choice.value.models).toHaveLength(2);
    const again = { ...carried(), origin: "from a folder" };
    shelf.choose(again);
    expect(shelf.choice.value.models).toEqual([other, again]);
    expect(shelf.chosen).toBe(again);
    expect(shelf.find(keyOf(again))).toBe(again);
    expect(shelf.find("unknown@1")).toBeUndefined();
  });

  test("a folder is read by its manifest, and says what is wrong with it", async () => {
    await expect(modelOfFiles([file("model.onnx", "")])).rejects.toMatchObject({ kind: "model" });
    await expect(modelOfFiles([file("manifest.json", "{")])).rejects.toThrow(/not JSON/);
    await expect(modelOfFiles([file("manifest.json", "{}")])).rejects.toMatchObject({ kind: "model" });
    const manifest = file("manifest.json", JSON.stringify(model.manifest));
    const named = Object.keys(parseManifest(model.manifest).files)[0]!;
    await expect(modelOfFiles([manifest, file(named, "abc")])).rejects.toThrow(
      /is damaged: expected \d+ bytes, got 3$/,
    );
    const opened = await modelOfFiles([manifest, file("a.onnx", "abc")]);
    expect([...(await opened.read("a.onnx"))]).toEqual([97, 98, 99]);
    await expect(opened.read("b.onnx")).rejects.toThrow(/has no b\.onnx/);
  });
});

describe("embeddings of second looks", () => {
  test("find what the page keeps, and do not crowd it out", async () => {
    const store = new PageEmbeddingStore();
    await store.set("picture", Float32Array.of(1));
    const beside = store.beside();
    for (let i = 0; i < 40; i++) await beside.set(`crop ${i}`, Float32Array.of(i));
    expect(await beside.get("picture")).toEqual(Float32Array.of(1));
    expect(await beside.get("crop 39")).toEqual(Float32Array.of(39));
    expect(await beside.get("crop 0")).toBeUndefined();
    expect(store.has("picture")).toBe(true);
    expect(await store.get("crop 39")).toBeUndefined();
  });
});
