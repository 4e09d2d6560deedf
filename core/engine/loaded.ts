import type { Tensor } from "onnxruntime-web";
import { Decoder } from "../decode/decoder.js";
import { invalid, MasksmithError } from "../errors.js";
import { readModelFile } from "../model/files.js";
import { encoderSpec, type GraphSpec, type Manifest, parseManifest } from "../model/manifest.js";
import { type PromptTables, readPromptTables } from "../prompt/tables.js";
import { loadOrt, type OrtOptions } from "../runtime/ort.js";
import { GraphSession } from "../runtime/session.js";
import type { Backend, EngineOptions } from "./types.js";

/** A model whose files have been checked and whose graphs are ready to run. */
export interface LoadedModel {
  readonly manifest: Manifest;
  readonly encoderName: string;
  readonly tables: PromptTables;
  readonly encoder: GraphSession;
  readonly maskPrompt: GraphSession;
  readonly decoder: Decoder;
  /** The "no mask" vector as a tensor [1, width, 1, 1], which the context graph broadcasts. */
  readonly noMask: Tensor;
  release(): Promise<void>;
}

/**
 * Checks and loads a model's files. Nothing is kept of a failed start.
 * @throws MasksmithError `input` (no such encoder), `model` (damaged file), `runtime` (no memory).
 */
export async function loadModel(options: EngineOptions, ortOptions: OrtOptions): Promise<LoadedModel> {
  const { model, signal, onProgress } = options;
  const manifest = parseManifest(model.manifest);
  const encoderName = chooseEncoder(manifest, options.encoder, ortOptions.backend);
  const ort = await loadOrt(ortOptions);
  const specs: GraphSpec[] = [
    encoderSpec(manifest, encoderName),
    manifest.decoder.context,
    manifest.decoder.tokens,
    manifest.decoder.upscale,
    asGraph(manifest.prompt.mask_input),
  ];
  const sessions: GraphSession[] = [];
  const release = async () => {
    for (const session of sessions) await session.release();
  };
  try {
    const tables = readPromptTables(await readModelFile(model, manifest, manifest.prompt.file, signal), manifest);
    for (const spec of specs) {
      onProgress?.({ stage: "Loading the model", fraction: sessions.length / specs.length });
      const bytes = await readModelFile(model, manifest, spec.file, signal);
      sessions.push(await GraphSession.create(ort, bytes, spec, ortOptions, manifest.session?.extra));
    }
    onProgress?.({ stage: "Loading the model", fraction: 1 });
    const [encoder, context, tokens, upscale, maskPrompt] = sessions as [
      GraphSession,
      GraphSession,
      GraphSession,
      GraphSession,
      GraphSession,
    ];
    const decoder = new Decoder({ context, tokens, upscale }, manifest);
    const noMask = context.tensor(tables.noMask, [1, tables.width, 1, 1]);
    return { manifest, encoderName, tables, encoder, maskPrompt, decoder, noMask, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The encoder to use: the one asked for, or the fast one where the backend may run it, else the precise one. */
function chooseEncoder(manifest: Manifest, asked: string | undefined, backend: Backend): string {
  const known = Object.keys(manifest.encoders);
  const runs = (name: string) => manifest.encoders[name]?.backends?.includes(backend) ?? name in manifest.encoders;
  if (asked !== undefined) {
    if (!known.includes(asked)) throw invalid("encoder", `one of ${known.join(", ")}`, asked);
    if (!runs(asked)) throw invalid("encoder", `one that ${backend} can run`, asked);
    return asked;
  }
  const found = ["fast", "precise", ...known].find((name) => known.includes(name) && runs(name));
  if (!found) throw new MasksmithError("model", `Model ${manifest.id} has no encoder for ${backend}`);
  return found;
}

function asGraph(entry: Manifest["prompt"]["mask_input"]): GraphSpec {
  return { file: entry.file, inputs: [entry.input], outputs: [entry.output] };
}
