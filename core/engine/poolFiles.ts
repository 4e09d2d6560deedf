import { readModelFile } from "../model/files.js";
import { parseManifest } from "../model/manifest.js";
import type { OrtOptions } from "../runtime/ort.js";
import type { LoadMessage } from "./decoderWorkerMessages.js";
import type { ModelSource } from "./types.js";

/** Reads and checks what a decoder worker is loaded with. @throws MasksmithError `model`. */
export async function decoderFiles(source: ModelSource, runtime: OrtOptions): Promise<LoadMessage> {
  const manifest = parseManifest(source.manifest);
  const { decoder, prompt } = manifest;
  const [prompts, context, tokens, upscale] = await Promise.all(
    [prompt.file, decoder.context.file, decoder.tokens.file, decoder.upscale.file].map((file) =>
      readModelFile(source, manifest, file),
    ),
  );
  const { backend, threads, wasmBinary, wasmPaths } = runtime;
  return {
    manifest,
    prompts,
    context,
    tokens,
    upscale,
    runtime: {
      backend,
      threads,
      ...(wasmBinary ? { wasmBinary } : {}),
      ...(wasmPaths === undefined ? {} : { wasmPaths }),
    },
  };
}
