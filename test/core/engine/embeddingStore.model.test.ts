import { createEngine, type EmbeddingStore, point } from "@masksmith/core";
import { expect, test } from "vitest";
import { smallModel as model } from "../../support/smallModel.js";

/** A store as a host has one, which copies as a structured clone would. */
class MemoryStore implements EmbeddingStore {
  readonly kept = new Map<string, Float32Array>();
  gets = 0;

  async get(id: string): Promise<Float32Array | undefined> {
    this.gets++;
    return this.kept.get(id)?.slice();
  }

  async set(id: string, data: Float32Array): Promise<void> {
    this.kept.set(id, data.slice());
  }
}

test("an engine answers on an embedding that only the host's store still has, and encodes nothing again", async () => {
  const embeddings = new MemoryStore();
  const data = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 31) % 251);
  const raster = { width: 64, height: 48, channels: 3 as const, data };
  const prompt = { foreground: [point("document", 30, 20)] };

  const first = await createEngine({ model, embeddings });
  const embedding = await first.embed(raster);
  const [expected] = await first.predict(embedding, [prompt]);
  await first.dispose();
  expect([...embeddings.kept.keys()]).toEqual([embedding.id]);

  const second = await createEngine({ model, embeddings });
  expect(second.holds(embedding)).toBe(false);
  const [found] = await second.predict(embedding, [prompt]);
  expect(found!.candidates.map(({ mask }) => [...mask.counts])).toEqual(
    expected!.candidates.map(({ mask }) => [...mask.counts]),
  );
  const stages: number[] = [];
  await second.embed(raster, { onProgress: ({ fraction }) => stages.push(fraction) });
  expect(stages).toEqual([1]);

  embeddings.kept.set("damaged", new Float32Array(3));
  await expect(second.predict({ ...embedding, id: "damaged" }, [prompt])).rejects.toMatchObject({ kind: "state" });
  await second.dispose();
});
