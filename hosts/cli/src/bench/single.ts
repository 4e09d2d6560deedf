import { type LowResLogits, logitsToRle, type Placement, point, rleArea } from "@masksmith/core";
import type { ChosenModel } from "../models/index.js";
import { type AnyEngine, startEngine } from "../runtime.js";
import { loadPeer, PEER_DECODER, PEER_ENCODER, type Peer } from "./peer.js";
import { drawnPicture } from "./picture.js";
import { alternate, type BenchRow, compare } from "./row.js";

const ROUNDS = 9;

/** One click on an embedded picture of 800x534: our predict (three masks as run lengths) against the peer's decoder run. */
export async function benchDecode(model: ChosenModel): Promise<BenchRow[]> {
  return withBoth(model, encoderOf(model), async (engine, peer) => {
    const rows: BenchRow[] = [];
    const embedded = await peer.encode(peerPixels());
    for (const [name, width, height] of [
      ["decode", 800, 534],
      ["decode-24mp", 6000, 4000],
    ] as const) {
      const embedding = await engine.embed(drawnPicture(width, height));
      const prompt = { foreground: [point("document", width * 0.45, height * 0.5)] };
      const [ours, peers] = await alternate(
        ROUNDS,
        () => engine.predict(embedding, [prompt]),
        () => peer.decode(embedded, 460, 341, width, height),
      );
      rows.push(
        compare(
          name,
          ours!,
          `${PEER_DECODER}, one mask`,
          peers!,
          `one click at ${width}x${height}, three masks to run lengths`,
        ),
      );
    }
    return rows;
  });
}

/** A picture to its embedding, ready for clicks (resize, normalise, encode, decoder context) against the encoder's run. */
export async function benchEncode(model: ChosenModel, encoder: string): Promise<BenchRow[]> {
  return withBoth(model, encoder, async (engine, peer) => {
    const picture = drawnPicture(800, 534);
    const pixels = peerPixels();
    const [ours, peers] = await alternate(
      5,
      async () => engine.release(await engine.embed(picture)),
      () => peer.encode(pixels),
    );
    return [compare(`encode-${encoder}`, ours!, PEER_ENCODER, peers!, "800x534, resize and decoder context included")];
  });
}

/** A picture as the peer's encoder takes it, float32 [3,1024,1024]; what it shows does not change the time. */
function peerPixels(): Float32Array {
  const { data } = drawnPicture(1024, 1024);
  const plane = 1024 * 1024;
  return Float32Array.from({ length: 3 * plane }, (_, i) => (data[(i % plane) * 3 + Math.floor(i / plane)] - 120) / 58);
}

/** For clicks the encoder does not matter: the fast one, if the model has it here. */
function encoderOf({ manifest, encoder, runtime }: ChosenModel): string {
  const { backends = [] } = manifest.encoders.fast ?? {};
  return backends.some((name) => name === (runtime.backend ?? "wasm")) ? "fast" : encoder;
}

async function withBoth<T>(
  model: ChosenModel,
  encoder: string,
  work: (engine: AnyEngine, peer: Peer) => Promise<T>,
): Promise<T> {
  const engine = await startEngine({ model: model.source, encoder, runtime: model.runtime });
  const peer = await loadPeer();
  try {
    return await work(engine, peer);
  } finally {
    await peer.release();
    await engine.dispose();
  }
}

/** Logits to a mask at 6000x4000 for discs of two sizes, against the plain way over a canvas of the picture's size. */
export async function benchMask(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, share] of [
    ["mask-24mp", 1 / 20],
    ["mask-24mp-large", 1 / 4],
  ] as const) {
    const width = 6000;
    const height = 4000;
    const placement = {
      document: { width, height },
      region: { x0: 0, y0: 0, x1: width, y1: height },
      image: { width, height },
      content: { width: 1024, height: 683 },
      input: 1024,
    } as Placement;
    const logits = discLogits(share);
    const area = rleArea(logitsToRle(logits, placement, 0)) / (width * height);
    const [ours, peers] = await alternate(
      5,
      () => logitsToRle(logits, placement, 0),
      () => plainMask(logits, width, height, 683 / 1024),
    );
    const note = `object of ${(area * 100).toFixed(1)} % of a 6000x4000 picture, to run lengths`;
    rows.push(compare(name, ours!, "bilinear over a canvas of the picture's size", peers!, note));
  }
  return rows;
}

/** Logits of a disc that covers `share` of a 3:2 picture; 256x256 over the padded square. */
function discLogits(share: number): LowResLogits {
  const data = new Float32Array(65536);
  const radius = Math.sqrt((share * 256 * 170.75) / Math.PI);
  for (let y = 0; y < 256; y++) {
    for (let x = 0; x < 256; x++) data[y * 256 + x] = 2 * (radius - Math.hypot(x - 128, y - 85));
  }
  return { width: 256, height: 256, data };
}

/** What other tools do: every pixel of the picture is interpolated and compared. */
function plainMask({ data }: LowResLogits, width: number, height: number, aspect: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = Math.min(254.999, Math.max(0, ((y + 0.5) / height) * 256 * aspect - 0.5));
    const row = Math.floor(v);
    const fy = v - row;
    for (let x = 0; x < width; x++) {
      const u = Math.min(254.999, Math.max(0, ((x + 0.5) / width) * 256 - 0.5));
      const column = Math.floor(u);
      const fx = u - column;
      const at = row * 256 + column;
      const upper = data[at] * (1 - fx) + data[at + 1] * fx;
      const lower = data[at + 256] * (1 - fx) + data[at + 257] * fx;
      mask[y * width + x] = upper * (1 - fy) + lower * fy > 0 ? 1 : 0;
    }
  }
  return mask;
}
