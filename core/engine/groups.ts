import type { MaskDecoder } from "../decode/maskDecoder.js";
import { box } from "../frames.js";
import { isEmptyRle, rleBox } from "../mask/index.js";
import type { SparsePrompt } from "../prompt/encode.js";
import { boxToModel, documentToModel } from "../prompt/transform.js";
import type { Placement, Prompt } from "../types.js";

/** Prompts that one decoder run can answer: of one shape, and with the same dense prompt. */
export interface PromptGroup {
  /** Indices into the prompts as asked. */
  readonly members: readonly number[];
  /** What the members show, in their order. */
  readonly prompts: readonly SparsePrompt[];
  /** The mask of its single member, if that has one. */
  readonly mask: Prompt["mask"];
}

/**
 * Groups prompts by what the decoder can answer together, at most `most` a group. A prompt with a mask stands alone: its
 * dense embedding changes what all prompts of a run share.
 * @throws MasksmithError `input` for a prompt that the model cannot take.
 */
export function groupPrompts(
  prompts: readonly Prompt[],
  placement: Placement,
  decoder: MaskDecoder,
  most: number,
): PromptGroup[] {
  const shown = prompts.map((prompt) => toSparse(prompt, placement));
  shown.forEach((sparse, i) => {
    decoder.check(sparse, prompts[i].mask !== undefined);
  });
  const open = new Map<string, number[]>();
  const finished: PromptGroup[] = [];
  const close = (members: readonly number[]) => {
    finished.push({ members, prompts: members.map((i) => shown[i]), mask: prompts[members[0]].mask });
  };
  for (const [i, prompt] of prompts.entries()) {
    const key = prompt.mask ? undefined : decoder.key(shown[i]);
    if (key === undefined) {
      close([i]);
      continue;
    }
    const members = [...(open.get(key) ?? []), i];
    open.set(key, members);
    if (members.length === most) {
      close(members);
      open.delete(key);
    }
  }
  for (const members of open.values()) close(members);
  return finished;
}

function toSparse(prompt: Prompt, placement: Placement): SparsePrompt {
  return {
    foreground: (prompt.foreground ?? []).map((at) => documentToModel(at, placement)),
    background: (prompt.background ?? []).map((at) => documentToModel(at, placement)),
    box: boxOf(prompt, placement),
  };
}

/**
 * The prompt's box. A binary mask without a box brings its bounds, grown to the foreground points, since the decoder hardly
 * heeds a mask by itself: 18 stable masks given back as prompts came out with mean IoU 0.49-0.88 alone (by the size of their
 * logits), 0.98 with their bounds.
 */
function boxOf({ box: given, mask, foreground = [] }: Prompt, placement: Placement) {
  if (given) return boxToModel(given, placement);
  if (!mask || !("size" in mask) || isEmptyRle(mask)) return undefined;
  const [x, y, width, height] = rleBox(mask);
  const xs = [x, x + width, ...foreground.map((at) => at.x)];
  const ys = [y, y + height, ...foreground.map((at) => at.y)];
  return boxToModel(box("document", Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)), placement);
}
