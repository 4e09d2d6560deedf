import { copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { fixture } from "../../support/pictures.js";
import { type FreshProject, root } from "./project.js";
import { type Site, serveFolder, startServer } from "./site.js";

/** A build tool with its defaults, in the hands of somebody who has read the README. */
export interface Bundler {
  readonly name: string;
  /** Packages that the project installs; without any, what this repository has installed is used. */
  readonly tools: readonly string[];
  /** What the page passes as `spawn`, where the tool does not find the package's own worker. */
  readonly spawn?: string;
  /** Builds, or starts the development server; gives the page. `page` is the page's script. */
  open(project: FreshProject, page: string): Promise<Site>;
}

const VITE = "node_modules/vite/bin/vite.js";
const WEBPACK = "node_modules/webpack/bin/webpack.js";

async function vitePage({ folder }: FreshProject, page: string): Promise<void> {
  await writeFile(join(folder, "index.html"), '<!doctype html><script type="module" src="/page.js"></script>');
  await writeFile(join(folder, "page.js"), page);
  await mkdir(join(folder, "public"), { recursive: true });
  await copyFile(fixture("coffee.png"), join(folder, "public/photo.png"));
}

async function webpackPage({ folder }: FreshProject, page: string): Promise<void> {
  await mkdir(join(folder, "src"), { recursive: true });
  await mkdir(join(folder, "public"), { recursive: true });
  await writeFile(join(folder, "src/index.js"), page);
  await copyFile(fixture("coffee.png"), join(folder, "public/photo.png"));
  await writeFile(join(folder, "public/index.html"), '<!doctype html><script defer src="main.js"></script>');
}

function viteBuild(name: string, tools: readonly string[], program: string): Bundler {
  return {
    name,
    tools,
    async open(project, page) {
      await vitePage(project, page);
      await project.node(program, "build", "--logLevel", "error");
      return serveFolder(join(project.folder, "dist"));
    },
  };
}

function viteDev(name: string, tools: readonly string[]): Bundler {
  return {
    name,
    tools,
    async open(project, page) {
      await vitePage(project, page);
      return startServer(project.folder, [VITE, "--port", "0"]);
    },
  };
}

/** The one that every change is tested with. */
export const shortBundlers: readonly Bundler[] = [viteBuild("Vite 8, build", [], join(root, VITE))];

const vite8 = ["vite@8.4.0"];
const vite7 = ["vite@7.3.8"];
const webpack = ["webpack@5.113.0", "webpack-cli@7.3.1", "webpack-dev-server@6.1.0"];

/** All of them, from the registry. */
export const allBundlers: readonly Bundler[] = [
  viteBuild("Vite 8, build", vite8, VITE),
  viteDev("Vite 8, development server", vite8),
  viteBuild("Vite 7, build", vite7, VITE),
  viteDev("Vite 7, development server", vite7),
  {
    name: "webpack 5, build",
    tools: webpack,
    async open(project, page) {
      await webpackPage(project, page);
      await project.node(WEBPACK, "--mode", "production");
      await cp(join(project.folder, "public"), join(project.folder, "dist"), { recursive: true });
      return serveFolder(join(project.folder, "dist"));
    },
  },
  {
    name: "webpack 5, development server",
    tools: webpack,
    async open(project, page) {
      await webpackPage(project, page);
      return startServer(project.folder, [WEBPACK, "serve", "--mode", "development"]);
    },
  },
  {
    name: "esbuild, the files of the packages beside the bundle",
    tools: [],
    spawn: '() => new Worker("worker.js", { type: "module" })',
    async open(project, page) {
      const { folder } = project;
      await writeFile(join(folder, "page.js"), page);
      const site = { outdir: join(folder, "site"), format: "esm", splitting: true, bundle: true } as const;
      await writeFile(join(folder, "worker.js"), 'import "@masksmith/core/worker";\n');
      await build({ ...site, entryPoints: [join(folder, "page.js"), join(folder, "worker.js")] });
      const installed = join(folder, "node_modules");
      await cp(join(installed, "@masksmith/model-minisam-vit-t"), join(folder, "site"), { recursive: true });
      const binary = "ort-wasm-simd-threaded.wasm";
      await copyFile(join(installed, "onnxruntime-web/dist", binary), join(folder, "site", binary));
      await copyFile(fixture("coffee.png"), join(folder, "site/photo.png"));
      await writeFile(join(folder, "site/index.html"), '<!doctype html><script type="module" src="page.js"></script>');
      return serveFolder(join(folder, "site"));
    },
  },
];
