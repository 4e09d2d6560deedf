import { join } from "node:path";
import { invalid, MODEL_ID, MODEL_ID_WORDS } from "@masksmith/core";
import { addModel, modelFolders } from "../models/index.js";
import { type BackendChoice, chooseRuntime } from "../runtime.js";
import { notice, print } from "../terminal.js";

export interface AddCommandOptions {
  readonly id?: string;
  readonly name?: string;
  readonly copy?: true;
  readonly dryRun?: true;
  readonly backend?: BackendChoice;
  readonly json?: true;
}

/** Below this a trained model has not understood the test picture: a disc, clicked in its middle. */
const TRAINED = 0.8;

/** `masksmith models add FOLDER` */
export async function addModelCommand(path: string, options: AddCommandOptions): Promise<void> {
  const { id, name, copy = false, backend, json } = options;
  if (id !== undefined && !MODEL_ID.test(id)) throw invalid("--id", MODEL_ID_WORDS, id);
  const runtime = await chooseRuntime(backend ? { backend } : {});
  const store = options.dryRun ? null : modelFolders()[0];
  const added = await addModel(path, { id, name, copy, store, runtime });
  const { manifest, folder, description, adapter, unused, sanity } = added;
  if (added.replaced) notice(`it replaces the model that was called ${manifest.id}`);
  if (unused.length > 0) notice(`not used: ${unused.join(", ")}`);
  if (sanity && sanity.discIou < TRAINED) {
    const file = folder === null ? "manifest" : `${join(folder, "manifest.json")}`;
    notice(
      `the test picture's disc was found with IoU ${sanity.discIou.toFixed(2)} only: untrained, or made for another input ` +
        `(in the ${file}, input.channels, normalise and aspect say how pictures are fed; then add that folder again)`,
    );
  }
  if (json) {
    await print(
      `${JSON.stringify({ id: manifest.id, adapter, found: description, folder, sanity, manifest }, null, 2)}\n`,
    );
    return;
  }
  const { single, candidates } = manifest.masks;
  const boxes =
    manifest.decoder.layout === "joint" && manifest.decoder.points.box === "none" ? "points only" : "points and boxes";
  const masks =
    manifest.decoder.layout === "joint" && manifest.decoder.inputs.mask_input === undefined ? "no masks" : "masks";
  const lines = [
    `${manifest.id}: ${description}`,
    `  takes ${boxes}, ${masks} as prompts; gives ${candidates.length} candidate${candidates.length > 1 ? "s" : ""}` +
      `${single === "best" ? ", the best of them as single answer" : ""}`,
    sanity
      ? `  ran once: a click on the test picture's disc gives it with IoU ${sanity.discIou.toFixed(2)}`
      : "  ran once and computes what its manifest says",
    folder === null
      ? `  nothing is stored; its manifest would be\n${JSON.stringify(manifest, null, 2)}`
      : `  stored in ${folder}; use it with --model ${manifest.id}`,
  ];
  await print(`${lines.join("\n")}\n`);
}
