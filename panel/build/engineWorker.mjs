import { build } from "esbuild";

/** What stands in for `import.meta.url` in a classic worker: its own address, from which onnxruntime starts its threads. */
const WORKER_URL = "masksmithWorkerUrl";

/**
 * esbuild plugin: `import source from "masksmith:engine-worker"` is the worker `entry`, bundled to a classic script, as text.
 * onnxruntime's threads are workers on the same script: in them only onnxruntime starts, at once, before their first message.
 * @param {string} entry
 * @param {import("esbuild").BuildOptions} options
 */
export function engineWorker(entry, options) {
  return {
    name: "engine-worker",
    setup(page) {
      page.onResolve({ filter: /^masksmith:engine-worker$/ }, ({ path }) => ({ path, namespace: "engine-worker" }));
      page.onLoad({ filter: /.*/, namespace: "engine-worker" }, async () => {
        const { contents, inputs } = await bundleWorker(entry, options);
        return { contents, loader: "text", watchFiles: inputs };
      });
    },
  };
}

/**
 * esbuild plugin: `import source from specifier` is the worker `entry`, bundled to a classic script, as text.
 * @param {string} specifier
 * @param {string} entry
 * @param {import("esbuild").BuildOptions} options
 */
export function plainWorker(specifier, entry, options) {
  return {
    name: specifier,
    setup(page) {
      const namespace = specifier.replace(":", "-");
      page.onResolve({ filter: new RegExp(`^${specifier}$`) }, ({ path }) => ({ path, namespace }));
      page.onLoad({ filter: /.*/, namespace }, async () => {
        const result = await build({
          ...options,
          entryPoints: [entry],
          bundle: true,
          format: "iife",
          write: false,
          metafile: true,
          legalComments: "inline",
        });
        const watchFiles = Object.keys(result.metafile.inputs);
        return { contents: result.outputFiles[0].text, loader: "text", watchFiles };
      });
    },
  };
}

async function bundleWorker(entry, options) {
  const result = await build({
    ...options,
    stdin: { contents: threadSwitch(entry), resolveDir: process.cwd(), sourcefile: "engine-worker.js" },
    bundle: true,
    format: "iife",
    write: false,
    metafile: true,
    sourcemap: false,
    legalComments: "inline",
    define: { ...options.define, "import.meta.url": WORKER_URL },
    banner: { js: `var ${WORKER_URL} = self.location.href;` },
  });
  return { contents: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs) };
}

/** Without splitting, esbuild turns these imports into calls: the branch not taken does not run. */
function threadSwitch(entry) {
  return `
    if (self.name.startsWith("em-pthread")) import("onnxruntime-web/wasm");
    else import(${JSON.stringify(entry)});
  `;
}
