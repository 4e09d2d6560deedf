import { readGraph, readModelFile } from "../model/files.js";
import { decoderGraphs, parseManifest } from "../model/manifest.js";
import type { OrtOptions } from "../runtime/ort.js";
import type { ModelSource } from "../types.js";
import type { LoadMessage } from "./decoderWorkerMessages.js";

/** Reads and checks what a decoder worker is loaded with. @throws MasksmithError `model`. */
export async function decoderFiles(source: ModelSource, runtime: OrtOptions): Promise<LoadMessage> {
  const manifest = parseManifest(source.manifest);
  const { backend, threads, wasmBinary, wasmPaths } = runtime;
  const onDisk = backend === "native";
  const [prompts, ...graphs] = await Promise.all([
    manifest.prompt && readModelFile(source, manifest, manifest.prompt.file),
    ...decoderGraphs(manifest).map((spec) => readGraph(source, manifest, spec, onDisk).then(({ file }) => file)),
  ] as const);
  return {
    manifest,
    ...(prompts ? { prompts } : {}),
    graphs,
    runtime: {
      backend,
      threads,
      ...(wasmBinary ? { wasmBinary } : {}),
      ...(wasmPaths === undefined ? {} : { wasmPaths }),
    },
  };
}
