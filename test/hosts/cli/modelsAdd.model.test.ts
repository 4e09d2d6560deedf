import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { message, model as onnx, tensor } from "../../support/onnx.js";
import { official, transformersJs } from "../../support/tinyLayouts.js";
import { fixture, run } from "./cli.js";
import { click, env, folder, put } from "./modelStore.js";

describe("models add", () => {
  test("adds a folder of a known layout, says what it is, lists it and uses it", async () => {
    const path = await put("My SAM", official);
    const added = await run(["models", "add", path], { env });
    expect(added.code).toBe(0);
    expect(added.stdout).toMatch(
      /^my-sam: the official SAM export: encoder sam_encoder.onnx \(normalised 64 x 64, padded\)/,
    );
    expect(added.stdout).toMatch(/takes points and boxes, masks as prompts; gives 3 candidates/);
    expect(added.stderr).toMatch(/^masksmith: the test picture's disc was found with IoU 0\.\d\d only: untrained/);
    const listed = await run(["models"], { env });
    expect(listed.stdout).toContain(`my-sam  my-sam 1.0.0`);
    expect((await run(["models", "verify", "my-sam"], { env })).code).toBe(0);
    const used = await run(click("my-sam"), { env });
    expect([used.code, JSON.parse(used.stdout).model]).toEqual([0, "my-sam"]);
    // By reference: nothing was copied.
    expect((await readdir(folder.file("store/my-sam"))).sort()).toEqual(["location.json", "manifest.json"]);
  });

  test("copies on demand, and then needs the first place no more", async () => {
    const path = await put("moved", transformersJs);
    const added = await run(["models", "add", path, "--copy", "--id", "slim", "--json"], { env });
    expect(JSON.parse(added.stdout)).toMatchObject({ id: "slim", adapter: "transformers.js" });
    await rm(path, { recursive: true });
    expect((await run(click("slim"), { env })).code).toBe(0);
    // Its folder is a model's folder of masksmith's own layout, by path.
    expect((await run(click(folder.file("store/slim")), { env })).code).toBe(0);
    const again = await run(["models", "add", folder.file("store/slim"), "--id", "slim-2"], { env });
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("a model of masksmith's own layout (sam)")]);
  });

  test("says on a dry run what a folder is, and stores nothing", async () => {
    const path = await put("dry", official);
    const before = await readdir(folder.file("store"));
    const { code, stdout } = await run(["models", "add", path, "--dry-run"], { env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/nothing is stored; its manifest would be\n\{/)]);
    expect(JSON.parse(stdout.slice(stdout.indexOf("\n{")))).toMatchObject({ id: "dry", family: "sam" });
    expect(await readdir(folder.file("store"))).toEqual(before);
  });

  test("replaces a model of the same id as a whole, and keeps it if the new one is bad", async () => {
    const path = await put("same", official);
    expect((await run(["models", "add", path], { env })).code).toBe(0);
    const before = await readFile(folder.file("store/same/manifest.json"), "utf8");
    const { "sam_decoder.onnx": decoder } = official;
    const bad = await put("other/same", { ...official, "sam_decoder.onnx": decoder!.subarray(0, 200) });
    const refused = await run(["models", "add", bad], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^masksmith: sam_decoder.onnx is refused: not a complete ONNX graph[^\n]+Found: sam_encoder[^\n]+\n$/,
    );
    expect(await readFile(folder.file("store/same/manifest.json"), "utf8")).toBe(before);
    expect((await run(["models", "add", await put("third/same", official)], { env })).code).toBe(0);
    expect(await readdir(folder.file("store"))).toEqual(["same"]);
  });

  test("gives no model the name of a built-in one, and leaves out one that has it", async () => {
    const path = await put("builtin", official);
    const { code, stderr } = await run(["models", "add", path, "--id", "minisam-vit-t"], { env });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^masksmith: model id must be another than that of a built-in/),
    ]);
    await run(["models", "add", path, "--id", "mine"], { env });
    const manifest = folder.file("store/mine/manifest.json");
    await writeFile(manifest, (await readFile(manifest, "utf8")).replace('"id": "mine"', '"id": "minisam-vit-t"'));
    const listed = await run(["models"], { env });
    expect(listed.stderr).toMatch(
      /^masksmith: left out the model in [^\n]+: a built-in model is called minisam-vit-t\n$/,
    );
    expect(listed.stdout).toMatch(/^minisam-vit-t .*\(built in\)/);
  });

  test("says what it replaces, and loses no file of the folder that it replaces", async () => {
    const path = await put("kept", official);
    const first = await run(["models", "add", path, "--copy"], { env });
    expect(first.stderr).not.toContain("replaces");
    // As its own hint says: change the manifest, then add that folder again.
    const again = await run(["models", "add", folder.file("store/kept")], { env });
    expect([again.code, again.stderr]).toEqual([0, "masksmith: it replaces the model that was called kept\n"]);
    await rm(path, { recursive: true });
    expect((await run(["models", "verify", "kept"], { env })).code).toBe(0);
  });

  test("takes a folder again whose files lie elsewhere", async () => {
    const path = await put("elsewhere", official);
    await run(["models", "add", path], { env });
    expect((await run(["models", "add", folder.file("store/elsewhere"), "--name", "New"], { env })).code).toBe(0);
    expect((await run(["models", "verify", "elsewhere"], { env })).code).toBe(0);
  });

  test.each([
    ["an id of 300 letters", ["--id", "a".repeat(300)], /--id must be at most 64 lower-case letters/],
    ["an id that is a path", ["--id", "../a"], /--id must be at most 64 lower-case letters/],
  ])("refuses %s in one line, before work", async (_, args, words) => {
    const { code, stderr } = await run(["models", "add", await put("ids", {}), ...args], { env });
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });

  test("shortens a folder's name that is too long for an id", async () => {
    const { code, stdout } = await run(["models", "add", await put("b".repeat(200), official)], { env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^b{64}: /)]);
  });

  test("refuses a store that is a file, before it looks at the model", async () => {
    await writeFile(folder.file("a-file"), "");
    const at = { ...env, MASKSMITH_MODELS: folder.file("a-file") };
    const { code, stderr } = await run(["models", "add", await put("fine", { "a.onnx": new Uint8Array(9) })], {
      env: at,
    });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^masksmith: folder of models must be a folder, got [^\n]+\n$/),
    ]);
  });

  test("leaves out stored models whose location.json is no JSON, or a pipe that nobody writes", async () => {
    const path = await put("located", official);
    for (const id of ["one", "two"]) await run(["models", "add", path, "--id", id], { env });
    await writeFile(folder.file("store/one/location.json"), "{");
    await rm(folder.file("store/two/location.json"));
    execFileSync("mkfifo", [folder.file("store/two/location.json")]);
    const { code, stderr } = await run(["models"], { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/one: location.json is not JSON: /);
    expect(stderr).toMatch(/two: location.json is not a plain file/);
  });

  test("refuses masks that the decoder does not put out, and encoders with no check of their own", async () => {
    await run(["models", "add", await put("indices", official), "--copy"], { env });
    const manifest = JSON.parse(await readFile(folder.file("store/indices/manifest.json"), "utf8"));
    const attempt = async (changed: unknown) => {
      await writeFile(folder.file("store/indices/manifest.json"), JSON.stringify(changed));
      const { code, stderr } = await run(["models", "add", folder.file("store/indices"), "--id", "other"], { env });
      expect(code).toBe(1);
      return stderr;
    };
    const { masks, encoders } = manifest;
    expect(await attempt({ ...manifest, masks: { ...masks, candidates: [1, 9] } })).toMatch(
      /indices of the 4 masks put out, got 9/,
    );
    expect(await attempt({ ...manifest, masks: { ...masks, candidates: [1, 1] } })).toMatch(
      /candidates .* name one twice/,
    );
    const [encoder] = Object.values(encoders);
    for (const name of ["constructor", "toString"]) {
      expect(await attempt({ ...manifest, encoders: { ...encoders, [name]: encoder } })).toMatch(
        `golden has no check for encoder ${name}`,
      );
    }
  });

  test.each([
    ["nothing", {}, 2, /must be a folder with .onnx files/],
    [
      "another kind of model",
      { "yolo.onnx": onnx({ inputs: [["images", [1, 3, 640, 640]]], outputs: [["output0", [1, 84]]] }) },
      2,
      /No known layout fits. Found: yolo.onnx \(images\[1,3,640,640\].*Needed:/,
    ],
    [
      "a graph that asks for a file outside",
      {
        ...official,
        "sam_encoder.onnx": onnx({
          inputs: [["x", [1, 3, 64, 64]]],
          outputs: [["y", [1, 3, 4, 4]]],
          constants: [tensor({ name: "w", dims: [4], external: { location: "../../etc/passwd" } })],
        }),
      },
      1,
      /sam_encoder.onnx is refused: it asks for the file "..\/..\/etc\/passwd", which is not one of its own/,
    ],
    [
      "a protobuf bomb",
      { "a.onnx": Uint8Array.from(message(7, [0x2a, 0xff, 0xff, 0xff, 0xff, 0x7f])) },
      1,
      /a.onnx is refused: not a complete ONNX graph/,
    ],
    ["a manifest that is none", { "manifest.json": new TextEncoder().encode("{") }, 1, /manifest.json is not JSON/],
    ["a manifest of something else", { "manifest.json": new TextEncoder().encode("[1]") }, 1, /Model manifest: /],
  ])("refuses a folder with %s in one line and stores nothing", async (name, files, code, words) => {
    const path = await put(name, files as Record<string, Uint8Array>);
    const result = await run(["models", "add", path], { env });
    expect([result.code, result.stdout]).toEqual([code, ""]);
    expect(result.stderr).toMatch(/^masksmith: [^\n]+\n$/);
    expect(result.stderr).toMatch(words);
    expect(await readdir(folder.file("store"))).toEqual([]);
  });

  test("refuses links out of the folder", async () => {
    const secret = folder.file("secret.onnx");
    await writeFile(secret, official["sam_encoder.onnx"]);
    const path = await put("linked", { "sam_decoder.onnx": official["sam_decoder.onnx"] });
    await symlink(secret, `${path}/sam_encoder.onnx`);
    const result = await run(["models", "add", path], { env });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^masksmith: sam_encoder.onnx is a link to a place outside its folder/);
    // The same in a model that was whole when it was added.
    const whole = await put("swapped", official);
    await run(["models", "add", whole], { env });
    await rm(`${whole}/sam_encoder.onnx`);
    await symlink(secret, `${whole}/sam_encoder.onnx`);
    const used = await run(click("swapped"), { env });
    expect(used.stderr).toMatch(/^masksmith: sam_encoder.onnx is a link to a place outside/);
  });

  test.skipIf(process.platform === "win32")(
    "refuses a pipe in place of a file, instead of waiting for it",
    async () => {
      const path = await put("pipes", { "sam_decoder.onnx": official["sam_decoder.onnx"] });
      execFileSync("mkfifo", [`${path}/sam_encoder.onnx`]);
      const result = await run(["models", "add", path], { env });
      expect([result.code, result.stderr]).toEqual([1, expect.stringMatching(/sam_encoder.onnx is not a plain file/)]);
      await rm(`${path}/sam_encoder.onnx`);
      execFileSync("mkfifo", [`${path}/manifest.json`]);
      const manifest = await run(["models", "add", path], { env });
      expect([manifest.code, manifest.stderr]).toEqual([1, "masksmith: manifest.json is not a plain file\n"]);
    },
  );

  test("refuses ten gigabytes with the numbers, without reading them", async () => {
    const external = { location: "enc.onnx.data", offset: "0", length: String(10 * 2 ** 30) };
    const encoder = onnx({
      inputs: [["x", [1, 3, 64, 64]]],
      outputs: [["y", [1, 3, 4, 4]]],
      constants: [tensor({ name: "w", dims: [10, 2 ** 28], external })],
    });
    const path = await put("huge", {
      "sam_decoder.onnx": official["sam_decoder.onnx"],
      "enc.onnx": encoder,
      "enc.onnx.data": new Uint8Array(1),
    });
    await truncate(`${path}/enc.onnx.data`, 10 * 2 ** 30);
    const started = performance.now();
    const result = await run(["models", "add", path], { env });
    expect([result.code, result.stderr]).toEqual([
      1,
      "masksmith: The model's files have 10.0 GB; 4.0 GB of memory can be had on this backend\n",
    ]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("takes a folder whose graphs lie in its subfolder onnx", async () => {
    await put("hub/onnx", transformersJs);
    const added = await run(["models", "add", folder.file("hub")], { env });
    expect(added.stdout).toMatch(/^hub: a transformers.js folder of the SAM family/);
    const boxed = await run(["segment", fixture("coffee.png"), "--box", "10,10,90,90", "--model", "hub"], { env });
    expect([boxed.code, boxed.stderr]).toEqual([
      2,
      "masksmith: Model hub does not accept boxes: point at the object instead\n",
    ]);
    const fast = await run(["auto", fixture("coffee.png"), "--fast", "--model", "hub"], { env });
    expect([fast.code, fast.stderr]).toEqual([
      2,
      expect.stringMatching(/^masksmith: Model hub has no fast mode: [^\n]+\n$/),
    ]);
  });
});
