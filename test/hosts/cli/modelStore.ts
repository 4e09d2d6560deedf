import { mkdir, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { fixture, temporaryFolder } from "./cli.js";

export let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** Says where the store is, which is empty before each test. */
export let env: Record<string, string>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  await rm(folder.file("store"), { recursive: true, force: true });
  await mkdir(folder.file("store"));
  env = {
    MASKSMITH_MODELS: folder.file("store"),
    XDG_DATA_HOME: folder.file("data"),
    XDG_CACHE_HOME: folder.file("cache"),
  };
});

/** Writes a folder of files. @returns its path. */
export async function put(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const path = folder.file(name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(`${path}/${file}`, bytes);
  return path;
}

export const click = (model: string) => [
  "segment",
  fixture("coffee.png"),
  "--point",
  "300,190",
  "--json",
  "--model",
  model,
];
