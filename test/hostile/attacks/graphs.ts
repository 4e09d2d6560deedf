import { bytesSource, readGraphInfo } from "@masksmith/core";
import { floats, model, node, tensor } from "../../support/onnx.js";
import { damaged } from "../chance.js";
import type { Attack } from "./attack.js";

const GRAPH = model({
  inputs: [["image", [1, 3, "height", "width"]]],
  outputs: [["embedding", [1, 256, 64, 64]]],
  constants: [
    floats("weight", [2, 2], [1, 2, 3, 4]),
    tensor({ name: "far", dims: [4], external: { location: "far.bin", offset: "0", length: "16" } }),
  ],
  nodes: [node("Identity", ["image"], ["embedding"])],
});

export const graphs: Attack = {
  name: "ONNX headers",
  weight: 20,
  attempt: (chance) => {
    readGraphInfo(bytesSource(damaged(GRAPH, chance)));
  },
};
