import { expect, test } from "vitest";
import { DEFAULT_SETTINGS, keepSettings } from "../../../panel/session/settings.js";
import { Store } from "../../../panel/state/store.js";

/** A host that keeps one value. */
function keeping(stored: unknown) {
  const host = {
    stored,
    readSetting: async () => host.stored,
    writeSetting: async (_key: string, value: unknown) => {
      host.stored = value;
    },
  };
  return host;
}

async function settingsFrom(stored: unknown) {
  const settings = new Store(DEFAULT_SETTINGS);
  await keepSettings(settings, keeping(stored));
  return settings.value;
}

test("what an earlier version kept under another name is still what the user chose", async () => {
  expect(await settingsFrom({ zoom: false, ownColours: false })).toEqual({
    ...DEFAULT_SETTINGS,
    secondLook: false,
    decontaminate: false,
  });
  expect(await settingsFrom({ zoom: false, secondLook: true })).toEqual(DEFAULT_SETTINGS);
});

test("damaged settings are the default ones", async () => {
  for (const stored of [null, 7, "x", { secondLook: 1, edges: "sharp", cleanUp: 3, thresholds: null }])
    expect(await settingsFrom(stored)).toEqual(DEFAULT_SETTINGS);
});
