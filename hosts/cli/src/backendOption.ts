import { Option } from "commander";
import { BACKENDS } from "./runtime.js";

/** `--backend`, the same for all commands that run a model. */
export function backendOption(): Option {
  return new Option(
    "--backend <NAME>",
    "where the model runs: wasm (default), native (onnxruntime-node, if installed), auto (native if installed) or webgpu",
  ).choices([...BACKENDS]);
}
