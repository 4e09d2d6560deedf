import { encodeRle, MasksmithError } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import type { FileToSave, Host } from "../../../plugin/panel/host.js";
import { Labeller } from "../../../plugin/panel/session/labeller.js";

const NAMES = ["a.png", "broken.png", "c.png"];

/** A host whose settings outlive a panel, with a folder whose second picture cannot be read. */
function makeHost(): { host: Host; opened: string[]; saved: FileToSave[] } {
  const settings = new Map<string, string>();
  const opened: string[] = [];
  const saved: FileToSave[] = [];
  const host = {
    readSetting: async (key: string) => JSON.parse(settings.get(key) ?? "null"),
    writeSetting: async (key: string, value: unknown) => void settings.set(key, JSON.stringify(value)),
    saveFile: async (file: FileToSave) => saved.push(file) > 0,
    folder: {
      choose: async () => NAMES,
      open: async (index: number) => {
        if (index === 1) throw new MasksmithError("input", "“broken.png” cannot be opened");
        opened.push(NAMES[index]!);
      },
    },
  };
  return { host: host as unknown as Host, opened, saved };
}

const mask = encodeRle(Uint8Array.of(0, 1, 1, 0, 1, 0), 3, 2);

/** A panel's labeller over the host: whatever is open has one mask. */
function start({ host, opened }: ReturnType<typeof makeHost>): Labeller {
  return new Labeller(host, async () => {
    const picture = { name: opened.at(-1)!, width: 3, height: 2 };
    const facts = { predictedIou: 0.9, stabilityScore: 0.95, points: [{ x: 1, y: 0 }], seconds: 2 };
    const item = { name: "Cup", colour: "#ff3b6b", mask, soft: null, stage: "semi-automatic" as const, ...facts };
    return { picture, items: [item] };
  });
}

const annotations = (file: FileToSave) => JSON.parse(new TextDecoder().decode(file.bytes)).annotations;

describe("labelling a folder", () => {
  test("records that no file has yet survive a reload, and are saved as they were", async () => {
    const made = makeHost();
    const before = start(made);
    await before.choose();
    await before.record();
    const after = start(made);
    await after.load();
    expect(await after.save("coco")).toBe(1);
    expect(annotations(made.saved[0]!)).toHaveLength(1);
    expect(annotations(made.saved[0]!)[0]).toMatchObject({ stage: "semi-automatic", seconds: 2, area: 3 });
    const third = start(made);
    await third.load();
    expect(await third.save("coco")).toBe(0);
  });

  test("the same folder chosen again goes on with its records", async () => {
    const made = makeHost();
    const before = start(made);
    await before.choose();
    await before.record();
    const after = start(made);
    await after.load();
    await after.choose();
    expect([...after.state.value.done.keys()]).toEqual([0]);
    expect(after.state.value.earlier).toEqual([]);
  });

  test("a picture that cannot be read is said, not recorded as the one before it, and gone past", async () => {
    const made = makeHost();
    const labeller = start(made);
    await labeller.choose();
    await expect(labeller.step(1)).rejects.toMatchObject({ kind: "input" });
    expect(await labeller.step(1)).toBe(true);
    await labeller.record();
    expect([...labeller.state.value.done.values()].map(({ picture }) => picture.name)).toEqual(["a.png", "c.png"]);
    expect([...labeller.state.value.done.keys()]).toEqual([0, 2]);
  });
});
