/** Makes the README's pictures of the page from real results: node docs/page-pictures.mjs [FOLDER] (after npm ci). */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { serve } from "../hosts/browser/serve.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = process.argv[2] ?? `${root}docs`;
const VIEWPORT = { width: 1280, height: 860 };
const NARROW = { width: 760, height: 900 };
const PATIENCE = { timeout: 300_000 };

/** MASKSMITH_BROWSER, or the first Chromium or Chrome on the path. */
function browserPath() {
  const names = "chromium chromium-browser google-chrome-stable google-chrome microsoft-edge-stable";
  const search = `for name in ${names}; do command -v $name && exit; done; exit 1`;
  return process.env.MASKSMITH_BROWSER ?? execFileSync("sh", ["-c", search], { encoding: "utf8" }).trim();
}

const ready = (page, name) =>
  page.waitForFunction(
    (wanted) => {
      const picture = document.querySelector("masksmith-panel")?.session?.document.picture.value;
      return picture?.phase === "ready" && picture.document.name === wanted;
    },
    name,
    PATIENCE,
  );

/** Opens the page in a theme with a picture of test/fixtures. */
async function open(browser, url, { picture, theme, viewport = VIEWPORT }) {
  const page = await browser.newPage({ viewport, deviceScaleFactor: 1 });
  await page.goto(url);
  await page.locator("#bar select").selectOption(theme);
  await page.locator("masksmith-panel").waitFor();
  if (picture !== "coffee.png") {
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await (await chooser).setFiles(`${root}test/fixtures/${picture}`);
  }
  await ready(page, picture);
  return page;
}

/** Clicks a document point of the picture, shown centred at the bar's zoom. */
async function clickAt(page, x, y) {
  const stage = await page.locator("#stage [role=application]").boundingBox();
  const scale = Number.parseFloat(await page.locator("#bar .zoom").textContent()) / 100;
  const { width, height } = await page.evaluate(() => {
    const { width, height } = document.querySelector("masksmith-panel").session.document.current;
    return { width, height };
  });
  const left = stage.x + stage.width / 2 + (x - width / 2) * scale;
  await page.mouse.click(left, stage.y + stage.height / 2 + (y - height / 2) * scale);
  await page.waitForFunction(() => document.querySelector("masksmith-panel").session.answering.answers.value.size > 0);
  // Ranked, looked at again and with its edges: what a user sees a moment later.
  await page.waitForFunction(() => document.querySelector("masksmith-panel").session.refining.idle, null, PATIENCE);
}

/** How long it took says something of the machine that made the picture, nothing of the reader's. */
const withoutTime = (page) =>
  page.locator("ms-proposal-view .count").evaluate((line) => {
    line.textContent = line.textContent.replace(/, found in .*/, ".");
  });

async function findAll(page) {
  await page.getByRole("tab", { name: "All objects" }).click();
  await page.getByRole("button", { name: "Find all objects" }).click();
  await page.waitForFunction(
    () => document.querySelector("masksmith-panel").session.proposals.result.value.phase === "done",
    null,
    PATIENCE,
  );
}

async function save(page, name) {
  await page.mouse.move(5, page.viewportSize().height - 5);
  await page.waitForTimeout(2_500);
  const png = await page.screenshot();
  await sharp(png).jpeg({ quality: 85, mozjpeg: true }).toFile(`${folder}/${name}.jpg`);
  await page.close();
}

mkdirSync(folder, { recursive: true });
const server = await serve(0);
const url = `http://127.0.0.1:${server.address().port}/`;
const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: browserPath(), args: flags });
try {
  const click = await open(browser, url, { picture: "coffee.png", theme: "dark" });
  await clickAt(click, 300, 190);
  await save(click, "page-click");
  const narrow = await open(browser, url, { picture: "astronaut.png", theme: "light", viewport: NARROW });
  await clickAt(narrow, 225, 100);
  await save(narrow, "page-narrow");
  const objects = await open(browser, url, { picture: "astronaut.png", theme: "lightest" });
  await findAll(objects);
  await objects.waitForTimeout(1_500);
  await withoutTime(objects);
  await save(objects, "page-objects");
} finally {
  await browser.close();
  server.close();
}
