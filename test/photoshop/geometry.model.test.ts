import { rleToSoft } from "@masksmith/core";
import { afterEach, describe, expect, test } from "vitest";
import { BridgeHost } from "../../plugin/webview/bridgeHost.js";
import { documentState, noise, noiseMask, pixelLayer } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { discIn, startPanel } from "./panelSession.js";
import { pause, TestPage, until } from "./session.js";
import { Simulator } from "./simulator/simulator.js";
import { crop, resize } from "./simulator/user.js";

ownClock();

const W = 61;
const H = 47;
const CROP = { left: 7, top: 5, right: 50, bottom: 40 };
const MASK = noiseMask(9, 6, 22, 17, 3);
const ITEM = { name: "Cup", mask: MASK, parent: null };
const SELECT = { kind: "selection", mode: "replace" } as const;
const NEW_MASK = { kind: "layer-mask", mode: "replace" } as const;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function open() {
  const simulator = new Simulator();
  const mask = { ...noiseMask(0, 0, 30, 20, 5), outside: 0 as const, enabled: true };
  const layers = [pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 1, true), mask })];
  const document = simulator.open({ ...documentState(W, H), layers, activeLayer: 1 });
  const page = new TestPage(simulator);
  closing.push(() => page.close());
  return { simulator, document, page };
}

type Open = ReturnType<typeof open>;
const CHANGES: readonly (readonly [string, (document: Open["document"]) => void])[] = [
  ["cropped", (document) => crop(document, CROP)],
  ["resized", (document) => resize(document, 90, 70)],
  ["enlarged to one side", (document) => crop(document, { left: 0, top: 0, right: W + 10, bottom: H })],
];

describe.each(CHANGES)("masks of a document that is %s before they arrive", (_, change) => {
  const request = (documentId: string) => {
    return { documentId, size: { width: W, height: H }, output: SELECT, items: [ITEM] };
  };

  test("are refused, nothing is written", async () => {
    const { document, page } = open();
    const { id } = await page.document();
    change(document);
    const before = document.state;
    await expect(page.end.call("apply", request(id))).rejects.toThrow(/“Cup” was made for 61x47.*size has changed/);
    expect(document.state).toBe(before);
  });

  test("are refused where the user does it while Photoshop is waited for", async () => {
    const { simulator, document, page } = open();
    const { id } = await page.document();
    simulator.blocker = "Crop";
    setTimeout(() => {
      change(document);
      simulator.blocker = null;
    }, 200);
    await expect(page.end.call("apply", request(id))).rejects.toThrow(/size has changed/);
    expect([document.at, document.state.picture.selection]).toEqual([1, null]);
  });

  test("are refused while the panel asks what is to become of the mask that is there", async () => {
    const { document, page } = open();
    const host = new BridgeHost(page.end, async () => {
      change(document);
      return "replace";
    });
    const { id, width, height } = (await host.document())!;
    const asked = { documentId: id, size: { width, height }, output: NEW_MASK, items: [ITEM] };
    await expect(host.apply(asked)).rejects.toThrow(/size has changed/);
    expect(document.at).toBe(1);
  });
});

async function withPanel() {
  const opened = open();
  const panel = await startPanel(opened.page);
  closing.push(() => panel.session.dispose());
  return { ...opened, ...panel };
}

const KINDS = ["object clicked", "objects found by themselves"] as const;

describe.each(KINDS)("a panel with %s", (kind) => {
  async function asked() {
    const opened = await withPanel();
    const { session } = opened;
    if (kind === "object clicked") {
      session.prompts.add({ kind: "point", at: { x: W / 2, y: H / 2 }, foreground: true });
      const [object] = session.work.now.objects;
      await until(() => session.refining.shown(object) !== null);
    } else {
      session.proposals.findAll();
      await until(() => session.proposals.kept().length === 1);
      // Their soft edges are made when they are first applied, and kept.
      await session.outputs.apply();
      opened.document.undo();
    }
    return opened;
  }

  test.each(CHANGES)("writes none of them into a document that is %s", async (_, change) => {
    const { document, session, model, ready } = await asked();
    model.hold = true;
    change(document);
    // At once, and while the picture is read again, and after.
    const at = document.at;
    for (const settled of [async () => undefined, () => pause(200), ready]) {
      if (settled === ready) model.hold = false;
      await settled();
      await session.outputs.apply();
      expect(session.reporter.notice.value?.tone).toBe("failure");
      expect(session.reporter.notice.value?.text).toMatch(/size has changed|no object to apply/);
    }
    expect([document.at, document.state.picture.selection]).toEqual([at, null]);
  });

  test("has them again when the crop is undone, and they lie where they are", async () => {
    const { document, session, ready } = await asked();
    crop(document, CROP);
    await until(() => session.document.current?.width === 43);
    await ready();
    expect(session.outputs.targets()).toHaveLength(0);
    document.undo();
    await until(() => session.document.current?.width === W);
    await ready();
    await until(() => session.outputs.targets().length === 1 && !session.answering.busy);
    await session.outputs.apply();
    expect(session.reporter.notice.value?.tone).toBe("success");
    expect(document.state.picture.selection).toEqual(rleToSoft(discIn(W, H).mask));
  });

  test("is asked anew in the cropped document", async () => {
    const { document, session, ready } = await asked();
    crop(document, CROP);
    await until(() => session.document.current?.width === 43);
    await ready();
    if (kind === "object clicked") session.prompts.add({ kind: "point", at: { x: 20, y: 17 }, foreground: true });
    else session.proposals.findAll();
    await until(() => session.outputs.targets().length === 1 && !session.answering.busy);
    await session.outputs.apply();
    expect(document.state.picture.selection).toEqual(rleToSoft(discIn(43, 35).mask));
  });
});
