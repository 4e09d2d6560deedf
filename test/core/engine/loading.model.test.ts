import { createEngine, type ModelSource, type Progress, point, type ReadOptions } from "@masksmith/core";
import { expect, test } from "vitest";
import { smallModel } from "../../support/smallModel.js";

test("a start that is cancelled ends at once, while a file is still coming", async () => {
  const cancel = new AbortController();
  const never: ModelSource = {
    ...smallModel,
    read: () => {
      cancel.abort();
      return new Promise<Uint8Array>(() => {});
    },
  };
  await expect(createEngine({ model: never, signal: cancel.signal })).rejects.toMatchObject({ kind: "aborted" });
});

test("progress counts bytes, as a reader reports them, and never falls", async () => {
  const heard: Progress[] = [];
  const inParts: ModelSource = {
    ...smallModel,
    read: async (file: string, { onBytes }: ReadOptions = {}) => {
      const bytes = await smallModel.read(file);
      for (let part = 1; part <= 4; part++) onBytes?.((bytes.length * part) / 4);
      return bytes;
    },
  };
  const engine = await createEngine({ model: inParts, onProgress: (progress) => heard.push(progress) });
  await engine.dispose();
  const fractions = heard.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions[0]).toBe(0);
  expect(fractions.at(-1)).toBe(1);
  const files = Object.keys((smallModel.manifest as { files: object }).files).length;
  expect(fractions.length).toBeGreaterThan(2 * files);
});

test("many prompts stop between two runs of the decoder once their signal fires", async () => {
  const engine = await createEngine({ model: smallModel });
  const picture = { width: 64, height: 48, channels: 3, data: new Uint8Array(64 * 48 * 3).fill(90) } as const;
  const embedding = await engine.embed(picture);
  const cancel = new AbortController();
  const fractions: number[] = [];
  const prompts = Array.from({ length: 64 }, (_, i) => ({ foreground: [point("document", i, 20)] }));
  const answer = engine.predict(embedding, prompts, {
    signal: cancel.signal,
    onProgress: ({ fraction }) => {
      fractions.push(fraction);
      // As a timer or a click would: the thread has to let it in.
      setTimeout(() => cancel.abort());
    },
  });
  await expect(answer).rejects.toMatchObject({ kind: "aborted" });
  expect(fractions).toEqual([0.25]);
  await engine.dispose();
});
