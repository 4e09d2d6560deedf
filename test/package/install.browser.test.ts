import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../browser/support/page.js";
import { fixture } from "../support/pictures.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The README's example: the first JavaScript block after the heading that names the core. */
async function readmeExample(): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("## The core in ten lines"));
  const code = /```js\n([\s\S]*?)```/.exec(section)?.[1];
  if (!code) throw new Error("README.md has no example for the core");
  return code;
}

describe("the published packages", () => {
  let project: string;
  let server: Server | undefined;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "masksmith-project-"));
    const packed = await Promise.all(
      ["core", "models/minisam-vit-t"].map(async (folder) => {
        const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], {
          cwd: join(root, folder),
        });
        return `./${(JSON.parse(stdout) as { filename: string }[])[0].filename}`;
      }),
    );
    await writeFile(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packed], { cwd: project });
    await copyFile(fixture("coffee.png"), join(project, "photo.png"));
  });

  afterAll(async () => {
    server?.close();
    await rm(project, { recursive: true, force: true });
  });

  test("segment a picture with the README's lines, in an empty Node project", async () => {
    // The example reads pixels with sharp, which every picture-reading project has in some form.
    await cp(join(root, "node_modules/sharp"), join(project, "node_modules/sharp"), { recursive: true });
    for (const name of ["@img", "detect-libc", "semver"]) {
      await cp(join(root, "node_modules", name), join(project, "node_modules", name), { recursive: true });
    }
    await writeFile(join(project, "example.js"), await readmeExample());
    const { stdout } = await run(process.execPath, ["example.js"], { cwd: project });
    const area = Number(/(\d+) pixels/.exec(stdout)?.[1]);
    // The cup and its saucer, as the official predictor has it at this point.
    expect(area).toBeGreaterThan(100_000);
    expect(area).toBeLessThan(125_000);
  });

  test("segment a picture from a bundle in a browser", async () => {
    const site = join(project, "site");
    await mkdir(site);
    await writeFile(join(project, "page.js"), PAGE);
    await build({
      entryPoints: [join(project, "page.js")],
      bundle: true,
      format: "esm",
      platform: "browser",
      outfile: join(site, "page.js"),
    });
    await cp(join(project, "node_modules/@masksmith/model-minisam-vit-t"), site, { recursive: true });
    await cp(join(project, "node_modules/onnxruntime-web/dist"), join(site, "ort"), { recursive: true });
    await copyFile(join(project, "photo.png"), join(site, "photo.png"));
    await writeFile(join(site, "index.html"), '<!doctype html><script type="module" src="page.js"></script>');
    const origin = await serve(site);
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(origin);
      const area = await page.waitForFunction(() => document.title && Number(document.title), null, {
        timeout: 100_000,
      });
      expect(await area.jsonValue()).toBeGreaterThan(100_000);
      expect(await area.jsonValue()).toBeLessThan(125_000);
    } finally {
      await browser.close();
    }
  });

  async function serve(folder: string): Promise<string> {
    const types: Record<string, string> = { ".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html" };
    const files = await readdir(folder, { recursive: true });
    server = createServer(async (request, response) => {
      const name = request.url === "/" ? "index.html" : decodeURIComponent(request.url!.slice(1));
      if (!files.includes(name)) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" });
      response.end(await readFile(join(folder, name)));
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  }
});

const PAGE = `
import { createEngine, point } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";

const image = new Image();
image.src = "photo.png";
await image.decode();
const canvas = new OffscreenCanvas(image.width, image.height);
const context = canvas.getContext("2d");
context.drawImage(image, 0, 0);
const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
const engine = await createEngine({ model, wasmPaths: new URL("ort/", location.href).href });
const embedding = await engine.embed({ width, height, channels: 4, data });
const [prediction] = await engine.predict(embedding, [{ foreground: [point("document", 300, 190)] }]);
document.title = String(prediction.candidates[prediction.recommended].area);
`;
