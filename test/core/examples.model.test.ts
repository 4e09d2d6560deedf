import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import * as core from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngineWorker } from "../support/decoderWorkers.js";
import { keptEmbeddings } from "../support/embeddings.js";

const CORE = fileURLToPath(new URL("../../core", import.meta.url));

interface Example {
  readonly name: string;
  readonly code: string;
}

/** The `@example` blocks of a source, named after what they describe. */
function examplesIn(file: string): Example[] {
  const blocks = readFileSync(join(CORE, file), "utf8").matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*?@example(?:(?!\*\/)[\s\S])*)\*\/\s*(.*)/g,
  );
  return [...blocks].map(([, text, declared]) => {
    const code = text.slice(text.indexOf("@example") + "@example".length).replace(/^\s*\* ?/gm, "");
    return { name: `${file}: ${declared.replace(/^export |async |function |[({<].*$/g, "").trim()}`, code };
  });
}

const examples = readdirSync(CORE, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.ts$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file.replaceAll("\\", "/")))
  .flatMap(examplesIn);

let engine: core.Engine;
let given: Record<string, unknown>;

beforeAll(async () => {
  engine = await core.createEngine({ model, embeddings: keptEmbeddings });
  const data = new Uint8Array(64 * 48 * 3).map((_, i) => (i % 3) * 60 + (Math.floor(i / 3) % 64) * 2);
  const picture = { width: 64, height: 48, channels: 3, data } as const;
  const script = await buildEngineWorker();
  const createWorkerEngine = (options: core.WorkerEngineOptions) =>
    core.createWorkerEngine({ ...options, spawn: () => new Worker(script) });
  given = {
    ...core,
    createWorkerEngine,
    model,
    engine,
    picture,
    embedding: await engine.embed(picture),
    console: { log: () => {} },
  };
});

afterAll(() => engine?.dispose());

test("the main calls have an example", () => {
  const names = examples.map(({ name }) => name.split(": ")[1]);
  expect(names).toEqual(expect.arrayContaining(["createEngine", "embed", "predict", "generate", "rleToCoco"]));
});

test.each(examples)("the example runs as it is written: $name", async ({ code }) => {
  // What an example defines itself is not given to it.
  const { code: body } = await transform(code, { loader: "ts", target: "es2022" });
  const names = Object.keys(given).filter((name) => !new RegExp(`\\b(const|let) ${name}\\b`).test(body));
  const run = new Function(...names, `return (async () => {${body}\n})();`);
  await run(...names.map((name) => given[name]));
});
