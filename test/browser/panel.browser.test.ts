import { box, type Prompt, point, type Rle, readSa1b, rleIou } from "@masksmith/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promptOf as promptOfSteps } from "../../panel/session/answering/prompts.js";
import { brushPrompts, lassoPrompts } from "../../panel/tools/strokes.js";
import { LONG } from "../support/long.js";
import { QUICK } from "./support/flags.js";
import { longTasks } from "./support/mainThread.js";
import { disposeNodeEngine, knownEmbedding, nodeCandidate } from "./support/nodeEngine.js";
import { launchBrowser, type Origin, openPage, type WatchedPage } from "./support/page.js";
import { fixture, PATIENCE, PanelDriver, PLAIN } from "./support/panel.js";
import { WORDS } from "./support/words.js";
import { type WatchedWorker, watchWorkers } from "./support/workers.js";

/** The middle of the cup of the included photograph, and a point of its saucer. */
const CUP = [300, 190] as const;
const SPOON = [380, 290] as const;
/** A point that no other test asks about. */
const TABLE = [60, 300] as const;
/** The cat's face of the other photograph. */
const CAT = [210, 150] as const;
const VIEW = { viewport: { width: 1280, height: 900 } };
type At = readonly [x: number, y: number];
/** The spoon, pointed at in three ways. */
const BOX: readonly [At, At] = [
  [318, 228],
  [412, 340],
];
const LASSO: readonly At[] = Array.from({ length: 25 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 24;
  return [365 + 50 * Math.cos(angle), 285 + 55 * Math.sin(angle)];
});
const BRUSH: readonly [At, At] = [
  [355, 270],
  [375, 310],
];

const at = ([x, y]: At) => point("document", x, y);
const xy = ([x, y]: At) => ({ x, y });

function promptOf(act: ReturnType<typeof lassoPrompts>): Prompt {
  if (!act) throw new Error("The stroke points at nothing");
  return promptOfSteps([{ act, choice: null }], undefined);
}

let browser: Browser;
beforeAll(async () => {
  // Its own: its threads are traced.
  browser = await launchBrowser(QUICK);
});
afterAll(async () => {
  await browser?.close();
  await disposeNodeEngine();
});

async function exportedMask(panel: PanelDriver): Promise<Rle> {
  return readSa1b((await panel.exportAs(WORDS.files.sa1b)).bytes.toString()).masks[0].mask;
}

describe.each<Origin>(["served", "file"])("the page, %s", (origin) => {
  let watched: WatchedPage;
  let panel: PanelDriver;
  const served = test.runIf(origin === "served");
  /** Not repeated from disk but in the long form. */
  const once = test.runIf(origin === "served" || LONG);

  beforeAll(async () => {
    // From disk the page encodes its picture itself; served, the one without storage (noStorage.browser.test.ts) does.
    const known =
      origin === "file" ? [] : await Promise.all(["coffee.png", "chelsea.png"].map(fixture).map(knownEmbedding));
    watched = await openPage(browser, origin, { known, settings: PLAIN, prepare: [watchWorkers], ...VIEW });
    panel = new PanelDriver(watched.page);
    await panel.ready();
  });
  afterAll(() => watched?.close());

  test("says what computes and why", async () => {
    expect(await panel.engine()).toMatch(origin === "file" ? WORDS.engine.oneThread : WORDS.engine.wasm);
  });

  test("a click gives the engine's own mask, exported exactly", async () => {
    await panel.click(...CUP);
    const [object] = await panel.objects();
    expect(object).toMatchObject({ name: "Object 1", several: true, error: null });
    const expected = await nodeCandidate({ foreground: [at(CUP)] });
    expect(rleIou(await exportedMask(panel), expected.mask)).toBeGreaterThanOrEqual(0.99);
  });

  once("C goes through the answers, and each choice is one step of undo", async () => {
    const before = (await panel.objects())[0].area;
    const areas = new Set([before]);
    for (let i = 0; i < 2; i++) {
      await panel.press("c");
      areas.add((await panel.objects())[0].area);
    }
    expect(areas.size).toBe(3);
    await panel.press("Control+z");
    await panel.press("Control+z");
    expect((await panel.objects())[0].area).toBe(before);
  });

  once("Alt + click takes away, on the same object", async () => {
    const [before] = await panel.objects();
    const [whole] = await panel.masks();
    await panel.click(...SPOON, ["Alt"]);
    const [after, ...more] = await panel.masks();
    expect(more).toEqual([]);
    expect(rleIou(after!, whole!)).toBeLessThan(0.98);
    const { logits } = await nodeCandidate({ foreground: [at(CUP)] });
    const prompt = { foreground: [at(CUP)], background: [at(SPOON)], mask: logits! };
    expect(rleIou(after!, (await nodeCandidate(prompt)).mask)).toBeGreaterThanOrEqual(0.99);
    await panel.press("Control+z");
    expect(await panel.objects()).toEqual([before]);
  });

  once("the mask under the pointer shows before the click, which then asks nothing more", async () => {
    await panel.press("n");
    const to = await panel.at(...SPOON);
    await panel.page.mouse.move(to.x - 30, to.y - 10);
    await panel.page.mouse.move(to.x, to.y);
    const hovered = await panel.page.waitForFunction(
      ([x, y]) => {
        const hover = seen.session().preview.hover.value;
        return hover && Math.hypot(hover.at.x - x, hover.at.y - y) < 2 && hover.candidate.area;
      },
      SPOON,
      PATIENCE,
    );
    await panel.page.mouse.down();
    await panel.page.mouse.up();
    await panel.settled();
    expect((await panel.objects())[1].area).toBe(await hovered.jsonValue());
  });

  once("box, lasso and brush each ask the engine what they point at, and show its answer", async () => {
    const before = (await panel.objects()).length;
    const brush = 24 / (await panel.scale());
    const gestures = [
      ["r", BOX, { box: box("document", ...BOX[0], ...BOX[1]) }],
      ["l", LASSO, promptOf(lassoPrompts(LASSO.map(xy), true))],
      ["b", BRUSH, promptOf(brushPrompts(BRUSH.map(xy), brush, true))],
    ] as const;
    for (const [key, points] of gestures) {
      await panel.press("n");
      await panel.press(key);
      await panel.drag(points);
    }
    await panel.press("p");
    const made = (await panel.masks()).slice(before);
    expect(made).toHaveLength(gestures.length);
    for (const [i, [key, , prompt]] of gestures.entries()) {
      expect(rleIou(made[i], (await nodeCandidate(prompt)).mask), key).toBeGreaterThanOrEqual(0.99);
    }
  });

  once("undo goes back to nothing act by act, redo brings everything back", async () => {
    const before = await panel.objects();
    const steps = await panel.undoAll();
    expect(steps).toBeGreaterThanOrEqual(5);
    expect(await panel.objects()).toEqual([]);
    for (let i = 0; i < steps; i++) await panel.page.keyboard.press("Control+Shift+Z");
    await panel.settled();
    expect(await panel.objects()).toEqual(before);
  });

  once("the page's own thread stays free while masks are found and painted", async () => {
    const tasks = await longTasks(browser, panel.page, 50, async () => {
      await panel.press("n");
      await panel.click(...CUP);
      await panel.press("Control+z");
    });
    const words = tasks.map(({ busy, wall }) => `${busy} (${wall} by the clock)`).join(", ");
    process.stdout.write(`main thread, ${origin}: ms of tasks over 50 while decoding: ${words || "none"}\n`);
    // `npm run test:measure` asks for 50; here other tests share the processor's caches, too.
    expect(tasks.filter(({ busy }) => busy > 100)).toEqual([]);
  });

  served("works without a pointer: crosshair, Enter, box by corners, apply", async () => {
    const before = await panel.objects();
    await panel.press("n");
    await panel.stage.focus();
    await panel.press("ArrowUp");
    await panel.press("Enter");
    expect((await panel.objects()).at(-1)).toMatchObject({ several: true, error: null });
    await panel.press("n");
    await panel.press("x");
    for (let i = 0; i < 8; i++) await panel.press("ArrowRight");
    for (let i = 0; i < 8; i++) await panel.press("ArrowDown");
    await panel.press("x");
    const made = (await panel.objects()).slice(before.length);
    expect(made).toHaveLength(2);
    expect(made[1]).toMatchObject({ error: null });
    expect(made[1].area).toBeGreaterThan(0);
    await panel.press("Control+Enter");
    await panel.notice(`${WORDS.selectionFrom(made[1].name)}.`).waitFor();
  });

  served("answers are said to screen readers", async () => {
    await panel.press("n");
    await panel.click(...TABLE);
    const { name } = (await panel.objects()).at(-1)!;
    const status = panel.page.locator("masksmith-panel [role=status]");
    await expect.poll(() => status.textContent()).toMatch(new RegExp(`^${name}: .*of the image`));
  });

  test("a reload brings objects and masks back", async () => {
    const before = await panel.objects();
    await panel.kept();
    // An encode would put a record of its own in the place of the marked one; what only reads it leaves the mark.
    const stored = await panel.page.evaluate(storedEmbedding, true);
    expect(stored).toBeTruthy();
    await panel.page.reload();
    await panel.ready();
    await panel.settled();
    expect(await panel.objects()).toEqual(before);
    const after = await panel.page.evaluate(storedEmbedding, false);
    expect(after?.mark).toBe("kept");
    expect(after!.used).toBeGreaterThan(stored!.used);
  });

  served("a picture replaced in the middle of its encode leaves no trace", async () => {
    await panel.open("astronaut.png");
    await panel.page.waitForFunction(() => seen.isEncoding(), null, PATIENCE);
    await panel.open("chelsea.png");
    await panel.ready("chelsea.png");
    await panel.click(...CAT);
    const [object, ...more] = await panel.objects();
    expect(more).toEqual([]);
    expect(object!.error).toBeNull();
    const expected = await nodeCandidate({ foreground: [at(CAT)] }, "chelsea.png");
    expect(rleIou(await exportedMask(panel), expected.mask)).toBeGreaterThanOrEqual(0.99);
  });

  test("nothing was asked of any other origin and no rule of the page was broken", () => {
    expect(watched.foreign).toEqual([]);
    expect(watched.problems).toEqual([]);
  });

  served("a killed worker is replaced: before a click and in the middle of one", async () => {
    const kill = () => {
      for (const { worker } of (window as unknown as { workers: WatchedWorker[] }).workers) worker.terminate();
    };
    await panel.press("n");
    await panel.page.evaluate(kill);
    await panel.click(...CUP);
    await panel.press("n");
    const to = await panel.at(...SPOON);
    await panel.page.mouse.click(to.x, to.y);
    await panel.page.evaluate(kill);
    await panel.settled();
    expect((await panel.objects()).slice(-2).map(({ error, several }) => [error, several])).toEqual([
      [null, true],
      [null, true],
    ]);
  });

  served("where there is no graphics adapter WebAssembly takes over by itself, and the panel says why", async () => {
    await panel.page.evaluate(() => {
      seen.set({ backend: "webgpu" });
      seen.session().replan();
    });
    await panel.press("n");
    // A point that has not been asked about, so that the engine has to answer.
    await panel.click(100, 60);
    expect((await panel.objects()).at(-1)).toMatchObject({ several: true, error: null });
    expect(await panel.engine()).toMatch(WORDS.engine.noGpu);
  });
});

/** Runs in the page: the open picture's record in the database, which is marked if so wished. */
async function storedEmbedding(mark: boolean): Promise<{ mark?: string; used: number } | undefined> {
  const { id } = seen.session().document.picture.value.embedding!;
  const settled = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await settled(indexedDB.open("masksmith", 1));
  const records = database.transaction("embeddings", "readwrite").objectStore("embeddings");
  const record = await settled(records.get(id));
  if (record && mark) await settled(records.put({ ...record, mark: "kept" }));
  database.close();
  return record && { mark: record.mark, used: record.used };
}
