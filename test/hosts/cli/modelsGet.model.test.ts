import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transformersJs } from "../../support/tinyLayouts.js";
import { run } from "./cli.js";
import { click, env, folder } from "./modelStore.js";

describe("models get", () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const bytes = transformersJs[basename(request.url!)];
      if (bytes) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  });
  afterAll(() => server.close());

  test("never downloads unasked: it wants a source named or confirmed", async () => {
    const { code, stderr } = await run(["models", "get", "mobile-sam"], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^masksmith: --from must be the address to download mobile-sam from, or --yes for its publisher's/,
    );
  });

  test("wants a hash where none is known, or the word that none is wanted", async () => {
    const { code, stderr } = await run(["models", "get", "slimsam-77", "--from", base], { env });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/--sha256 must be the hash of prompt_encoder_mask_decoder.onnx/),
    ]);
  });

  test("downloads, verifies and adds graphs", async () => {
    const hashes = Object.entries(transformersJs).flatMap(([file, bytes]) => [
      "--sha256",
      `${file}=${createHash("sha256").update(bytes).digest("hex")}`,
    ]);
    const got = await run(["models", "get", "slimsam-77", "--from", base, ...hashes], { env });
    expect([got.code, got.stdout]).toEqual([
      0,
      expect.stringMatching(/added as slimsam-77; use it with --model slimsam-77\n$/),
    ]);
    expect((await run(click("slimsam-77"), { env })).code).toBe(0);
    const { stdout } = await run(["models", "info", "slimsam-77"], { env });
    expect(stdout).toMatch(/licence +Apache-2.0\. As its publisher says: https:\/\/huggingface.co\/Xenova/);
    expect((await run(["models"], { env })).stdout.match(/^slimsam-77 /gm)).toHaveLength(1);
    // By way of a mirror, which keeps the source's path.
    const mirrored = await run(
      [
        "models",
        "get",
        "slimsam-77",
        "--from",
        "https://nowhere.invalid/a/",
        "--mirror",
        base,
        ...hashes,
        "-o",
        folder.file("m"),
      ],
      { env },
    );
    expect(mirrored.code).toBe(0);
  });

  test("refuses what is not the published file", async () => {
    const wrong = await run(["models", "get", "mobile-sam", "--from", `${base}vision_encoder.onnx`], { env });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/has \d+ bytes, expected 40728226\n$/)]);
    const missing = await run(["models", "get", "mobile-sam", "--from", base], { env });
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringMatching(/mobile_sam.pt answers 404, expected the file\n$/),
    ]);
  });

  test("shows the models that are known", async () => {
    const { stdout } = await run(["models", "list", "--known", "--json"], { env });
    const { known } = JSON.parse(stdout) as { known: { id: string; page: string; licence: string }[] };
    expect(known.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["sam-vit-h", "mobile-sam", "sam2.1-hiera-large"]),
    );
    for (const { page, licence } of known)
      expect([page, licence]).toEqual([expect.stringMatching(/^https:/), expect.any(String)]);
  });

  test("says how weights that are no graphs become a model", async () => {
    const weights = { "config.json": Buffer.from("{}"), "model.safetensors": Buffer.from("weights") };
    const server = createServer(({ url }, response) => response.end(weights[basename(url!) as keyof typeof weights]));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const from = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    const out = folder.file("sam2");
    const get = ["models", "get", "sam2.1-hiera-tiny", "--from", from, "--sha256", "none", "-o", out];
    const { code, stdout } = await run(get, { env });
    server.close();
    expect([code, stdout]).toEqual([0, expect.stringContaining(`python -m export huggingface ${out} -o`)]);
    expect(await readFile(folder.file("sam2/model.safetensors"), "utf8")).toBe("weights");
  });
});
