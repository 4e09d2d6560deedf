import type { Tensor } from "onnxruntime-web";
import { type Features, mainFeature } from "../encode/features.js";
import { MasksmithError } from "../errors.js";
import type { JointSpec, Manifest, TensorSpec } from "../model/manifest.js";
import type { SparsePrompt } from "../prompt/encode.js";
import { floatData, type GraphSession, type Tensors } from "../runtime/session.js";
import type { LowResLogits } from "../types.js";
import type { MaskDecoder, TokenAnswers } from "./maskDecoder.js";

/** Labels of a prompt's points, as the original numbers them. */
const BACKGROUND = 0;
const FOREGROUND = 1;
const CORNER_FROM = 2;
const CORNER_TO = 3;
const PADDING = -1;

/** Names under which the mask prompt travels from `context` to `answer`; no graph has such. */
const MASK = "masksmith:mask";

/** A decoder in one public graph: embedding and prompts in, masks out. What differs between such graphs is in the manifest. */
export class JointDecoder implements MaskDecoder {
  readonly noScouting = "its decoder is a single graph that cannot run on a coarser grid";
  readonly #session: GraphSession;
  readonly #manifest: Manifest;
  readonly #spec: JointSpec;

  /** @param manifest of a model in the joint layout. */
  constructor(session: GraphSession, manifest: Manifest) {
    this.#session = session;
    this.#manifest = manifest;
    this.#spec = manifest.decoder as JointSpec;
  }

  key({ foreground, background, box }: SparsePrompt): string | undefined {
    const { batched, box: how } = this.#spec.points;
    // Beside points such graphs take one box at most.
    if (!batched || (box && how === "own-input")) return undefined;
    return `${foreground.length + background.length}/${box ? 1 : 0}`;
  }

  check({ foreground, background, box }: SparsePrompt, withMask: boolean): void {
    const { inputs, points } = this.#spec;
    const { id } = this.#manifest;
    const refuse = (what: string): never => {
      throw new MasksmithError("input", `Model ${id} does not accept ${what}: point at the object instead`);
    };
    if (box && points.box === "none") refuse("boxes");
    if (withMask && inputs.mask_input === undefined) refuse("masks as prompts");
    if (withMask && foreground.length + background.length === 0 && !box) {
      throw new MasksmithError("input", `Model ${id} takes a mask only together with a point or a box`);
    }
  }

  async context(features: Features, mask?: LowResLogits): Promise<Tensors> {
    if (!mask) return features;
    return { ...features, [MASK]: this.#session.tensor(mask.data, [1, 1, mask.height, mask.width]) };
  }

  async answer(context: Tensors, prompts: readonly SparsePrompt[]): Promise<TokenAnswers> {
    const { inputs, outputs } = this.#spec;
    const batch = prompts.length;
    const [height, width] = this.#manifest.masks.low_res;
    const feeds: Record<string, Tensor> = { ...context, ...this.#prompts(prompts) };
    feeds[inputs.embedding] = context[mainFeature(this.#manifest)];
    const tensor = (data: Float32Array, shape: readonly number[]) => this.#session.tensor(data, shape);
    if (inputs.mask_input) {
      feeds[inputs.mask_input] = context[MASK] ?? tensor(new Float32Array(height * width), [1, 1, height, width]);
    }
    if (inputs.has_mask_input) feeds[inputs.has_mask_input] = tensor(Float32Array.of(context[MASK] ? 1 : 0), [1]);
    if (inputs.orig_im_size) feeds[inputs.orig_im_size] = tensor(Float32Array.of(height, width), [2]);
    const results = await this.#session.run(feeds);
    const predictedIou = floatData(results, outputs.predicted_iou);
    return { batch, tokens: predictedIou.length / batch, predictedIou, tensors: results };
  }

  /** The graph has computed them already. */
  async upscale({ tensors, batch, tokens }: TokenAnswers): Promise<Float32Array> {
    const { outputs } = this.#spec;
    const name = (outputs.low_res ?? outputs.masks)!;
    const logits = floatData(tensors, name);
    const [height, width] = this.#manifest.masks.low_res;
    if (logits.length !== batch * tokens * height * width) {
      const wanted = `${batch}x${tokens} masks of ${width}x${height}`;
      throw new MasksmithError("model", `Decoder output ${name} must hold ${wanted}, got [${tensors[name].dims}]`);
    }
    return logits;
  }

  /** Points, labels and boxes of prompts of one shape. */
  #prompts(prompts: readonly SparsePrompt[]): Record<string, Tensor> {
    const { inputs, points } = this.#spec;
    const rows = prompts.map((prompt) => this.#row(prompt));
    const count = rows[0].length / 3;
    const batch = prompts.length;
    const coords = new Float32Array(batch * count * 2);
    const labels = new Float32Array(batch * count);
    rows.forEach((row, b) => {
      for (let i = 0; i < count; i++) {
        coords.set(row.slice(3 * i, 3 * i + 2), (b * count + i) * 2);
        labels[b * count + i] = row[3 * i + 2];
      }
    });
    const lead = this.#rank(inputs.point_coords) === 4 ? [1, batch] : [batch];
    const feeds: Record<string, Tensor> = {
      [inputs.point_coords]: this.#session.tensor(coords, [...lead, count, 2]),
      [inputs.point_labels]: this.#session.tensor(labels, [...lead, count]),
    };
    if (points.box === "own-input" && inputs.box) feeds[inputs.box] = this.#boxes(prompts, inputs.box);
    return feeds;
  }

  /** x, y, label of every point that the graph gets for a prompt. */
  #row({ foreground, background, box }: SparsePrompt): number[] {
    const { points } = this.#spec;
    const scale = this.#scale();
    const row: number[] = [];
    const put = (x: number, y: number, label: number) => row.push(x * scale, y * scale, label);
    for (const { x, y } of foreground) put(x, y, FOREGROUND);
    for (const { x, y } of background) put(x, y, BACKGROUND);
    if (box && points.box === "corner-points") {
      put(box.x0, box.y0, CORNER_FROM);
      put(box.x1, box.y1, CORNER_TO);
    }
    if (points.pad === "caller" && !box) row.push(0, 0, PADDING);
    return row;
  }

  #boxes(prompts: readonly SparsePrompt[], name: string): Tensor {
    const scale = this.#scale();
    const boxes = prompts.flatMap(({ box }) => (box ? [box.x0, box.y0, box.x1, box.y1] : []));
    const values = Float32Array.from(boxes, (side) => side * scale);
    const rows = boxes.length / 4;
    return this.#session.tensor(values, this.#rank(name) === 3 ? [1, rows, 4] : [rows, 4]);
  }

  #scale(): number {
    return this.#spec.points.frame === "normalised" ? 1 / this.#manifest.input.size : 1;
  }

  #rank(name: string): number {
    return this.#spec.graph.inputs.find((input: TensorSpec) => input.name === name)!.shape.length;
  }
}
