import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { launchBrowser, openPage } from "../browser/support/page.js";
import { fixture, PanelDriver } from "../browser/support/panel.js";
import { MemoryWatch } from "./support/memory.js";

const WIDTH = 8660;
const HEIGHT = 5773;
const MOST_MEGABYTES = 1024;

/** A photograph enlarged to 50 megapixels, with grain so that it is no easier to hold than a camera's. */
async function largePicture(path: string): Promise<void> {
  const grain = {
    create: {
      width: WIDTH,
      height: HEIGHT,
      channels: 3 as const,
      background: "#808080",
      noise: { type: "gaussian" as const, mean: 128, sigma: 12 },
    },
  };
  const noise = await sharp(grain).jpeg({ quality: 90 }).toBuffer();
  await sharp(fixture("rocket.jpg"))
    .resize(WIDTH, HEIGHT, { fit: "fill" })
    .composite([{ input: noise, blend: "soft-light" }])
    .jpeg({ quality: 90 })
    .toFile(path);
}

test.skipIf(process.platform !== "linux")(
  "a 50 megapixel picture opens, is encoded and takes clicks within 1 GB",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "masksmith-"));
    const browser = await launchBrowser([]);
    const watch = new MemoryWatch(browser);
    const say = (what: string) => {
      const { peak, now } = watch.memory;
      process.stdout.write(`memory, 50 MP: ${what}: now ${now} MB, peak so far ${peak} MB\n`);
    };
    try {
      const path = join(folder, "large.jpg");
      await largePicture(path);
      const { page } = await openPage(browser, "served", { known: [], viewport: { width: 1280, height: 900 } });
      const panel = new PanelDriver(page);
      await panel.ready();
      say("the included photograph is read");
      await panel.openFiles(path);
      await page.locator("#bar .title", { hasText: "large.jpg" }).waitFor({ timeout: 120_000 });
      say("open");
      await panel.ready("large.jpg");
      say("encoded");
      await panel.click(WIDTH / 2, HEIGHT / 2);
      say("clicked");
      await panel.refined();
      say("refined");
      expect((await panel.objects())[0]).toMatchObject({ error: null });
      await panel.press("n");
      await panel.click(WIDTH / 3, HEIGHT / 3);
      await panel.refined();
      say(`a second object (${(await panel.objects()).map(({ area }) => (area / 1e6).toFixed(1)).join(" and ")} MP)`);
      expect(watch.memory.peak).toBeGreaterThan(200);
      expect(watch.memory.peak).toBeLessThanOrEqual(MOST_MEGABYTES);
    } finally {
      watch.stop();
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
