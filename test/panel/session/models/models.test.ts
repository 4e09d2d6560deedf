import { parseManifest } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { describe, expect, test } from "vitest";
import { PageEmbeddingStore } from "../../../../panel/engine/embeddingStore.js";
import type { EngineClient } from "../../../../panel/engine/index.js";
import type { Host, ModelFolder } from "../../../../panel/host.js";
import { type Adoption, KeptModel } from "../../../../panel/session/models/keptModel.js";
import { folderOfFiles, modelOfFolder } from "../../../../panel/session/models/modelFolder.js";
import { ModelShelf, modelKey, panelModel } from "../../../../panel/session/models/modelShelf.js";
import { Models } from "../../../../panel/session/models/models.js";
import { Reporter } from "../../../../panel/session/reporter.js";

const carried = () => panelModel({ manifest: model.manifest, read: async () => new Uint8Array(1) }, "built in");
const modelOfFiles = (files: readonly File[]) => modelOfFolder(folderOfFiles(files));
const file = (name: string, text: string) => Object.assign(new File([text], name), { webkitRelativePath: "" });

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
    expect(shelf.find(modelKey(again))).toBe(again);
    expect(shelf.find("unknown@1")).toBeUndefined();
  });

  test("a folder is read by its manifest, and says what is wrong with it", async () => {
    await expect(modelOfFiles([file("model.onnx", "")])).rejects.toMatchObject({ kind: "model" });
    await expect(modelOfFiles([file("manifest.json", "{")])).rejects.toThrow(/not JSON/);
    await expect(modelOfFiles([file("manifest.json", "{}")])).rejects.toMatchObject({ kind: "model" });
    const manifest = file("manifest.json", JSON.stringify(model.manifest));
    const named = Object.keys(parseManifest(model.manifest).files)[0];
    await expect(modelOfFiles([manifest, file(named, "abc")])).rejects.toThrow(
      /is damaged: expected \d+ bytes, got 3$/,
    );
    const opened = await modelOfFiles([manifest, file("a.onnx", "abc")]);
    expect([...(await opened.read("a.onnx"))]).toEqual([97, 98, 99]);
    await expect(opened.read("b.onnx")).rejects.toThrow(/has no b\.onnx/);
  });
});

describe("switching models", () => {
  /** @param adopt what the engine does with the model it is given. */
  function start(adopt: EngineClient["adopt"]) {
    const shelf = new ModelShelf([carried()]);
    const other = { ...carried(), version: "9.9.9" };
    shelf.choice.update({ models: [...shelf.choice.value.models, other] });
    const stopped: string[] = [];
    const reporter = new Reporter();
    const models = new Models({
      host: {},
      reporter,
      engine: { adopt },
      shelf,
      stopBackground: () => stopped.push(modelKey(shelf.chosen)),
    });
    return { models, other, reporter, stopped };
  }

  test("the other is in use once it has started, and what the last one did in the background has ended before", async () => {
    const { models, other, reporter, stopped } = start(async (_, accept) => accept());
    await models.choose(modelKey(other));
    expect(models.chosen).toBe(other);
    expect(stopped).toEqual([modelKey(carried())]);
    expect(reporter.spoken.value).toContain(other.name);
    expect(models.isChanging).toBe(false);
  });

  test("one that does not start leaves the model in use as it was, and says why", async () => {
    const { models, other, reporter } = start(() => Promise.reject(new Error("a file is damaged")));
    await models.choose(modelKey(other));
    expect(modelKey(models.chosen)).toBe(modelKey(carried()));
    expect(reporter.notice.value).toMatchObject({
      tone: "failure",
      text: expect.stringContaining("a file is damaged"),
    });
  });

  test("a second switch while one is under way is not begun", async () => {
    let calls = 0;
    const { models, other } = start(() => {
      calls++;
      return new Promise(() => undefined);
    });
    void models.choose(modelKey(other));
    void models.choose(modelKey(other));
    expect(calls).toBe(1);
  });
});

describe("the model of an earlier start", () => {
  const folder = folderOfFiles([]);

  async function start(ended: Adoption, host: Partial<Host> = {}) {
    const told: (ModelFolder | null)[] = [];
    const keepModelFolder = async (given: ModelFolder | null) => void told.push(given);
    const reporter = new Reporter();
    const kept = { keptModelFolder: async () => folder, keepModelFolder, ...host } as unknown as Host;
    let opened = 0;
    await new KeptModel(kept, reporter).resume(async () => {
      opened++;
      return ended;
    });
    return { told, opened, notice: reporter.notice.value };
  }

  test("is asked for again if it was cancelled, and no more if it did not pass", async () => {
    expect(await start("cancelled")).toEqual({ told: [folder], opened: 1, notice: null });
    expect(await start("failed")).toEqual({ told: [null], opened: 1, notice: null });
    expect(await start("given up")).toEqual({ told: [], opened: 1, notice: null });
  });

  test("none kept, or a host that keeps none: nothing is opened or said", async () => {
    const none = { keptModelFolder: async () => undefined };
    expect(await start("taken", none)).toEqual({ told: [], opened: 0, notice: null });
    const browser = { keptModelFolder: undefined, keepModelFolder: undefined } as unknown as Partial<Host>;
    expect(await start("taken", browser)).toEqual({ told: [], opened: 0, notice: null });
  });

  test("a folder that is gone, or cannot be kept, is one quiet line", async () => {
    const refuse = async () => Promise.reject(new Error("No such folder."));
    const gone = await start("taken", { keptModelFolder: refuse });
    expect(gone).toMatchObject({ opened: 0, notice: { tone: "info" } });
    expect(gone.notice!.text).toBe("The built-in model is in use. No such folder.");
    const { notice } = await start("cancelled", { keepModelFolder: refuse });
    expect(notice).toMatchObject({ tone: "info", text: expect.stringMatching(/choose it again.*No such folder\.$/) });
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
