import { PUBLIC_MODELS } from "@masksmith/core";
import { expect, test } from "vitest";

/** Whose publishers state no hash of their weights. */
const UNHASHED = [
  "sam2.1-hiera-tiny",
  "sam2.1-hiera-small",
  "sam2.1-hiera-base-plus",
  "sam2.1-hiera-large",
  "slimsam-77",
];

test("knows of each public model its size, its hashes save for some, its page, and no name twice", () => {
  expect(new Set(PUBLIC_MODELS.map(({ id }) => id)).size).toBe(PUBLIC_MODELS.length);
  for (const { id, files, page, source } of PUBLIC_MODELS) {
    for (const { name, bytes, about } of files)
      expect([id, name, bytes ?? about]).toEqual([id, name, expect.any(Number)]);
    expect([id, page, source]).toEqual([id, expect.stringMatching(/^https:/), expect.stringMatching(/^https:.*\/$/)]);
  }
  const unhashed = PUBLIC_MODELS.filter(({ files }) => files.some(({ sha256 }) => !sha256));
  expect(unhashed.map(({ id }) => id)).toEqual(UNHASHED);
});
