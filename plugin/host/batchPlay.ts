import { MasksmithError } from "@masksmith/core";
import type { Environment } from "./environment.js";
import type { Descriptor } from "./photoshop.js";

export type { Descriptor };

export const SELECTION = { _ref: "channel", _property: "selection" } as const;
/** The selection as what a path is made from; Photoshop records this class there, not the channel. */
export const SELECTION_CLASS = { _ref: "selectionClass", _property: "selection" } as const;
export const MASK_CHANNEL = { _ref: "channel", _enum: "channel", _value: "mask" } as const;

const COMPOSITES: readonly (readonly [RegExp, string])[] = [
  [/rgb/i, "RGB"],
  [/cmyk/i, "CMYK"],
  [/lab/i, "lab"],
  [/gray/i, "gray"],
];

/** The channel of all colours, by the document's mode; null where there is no such channel. */
export function compositeOf(mode: string) {
  const name = COMPOSITES.find(([pattern]) => pattern.test(mode))?.[1];
  return name ? ({ _ref: "channel", _enum: "channel", _value: name } as const) : null;
}

export function selectDocument(id: number): Descriptor {
  return { _obj: "select", _target: [{ _ref: "document", _id: id }] };
}

export function selectLayer(id: number): Descriptor {
  return { _obj: "select", _target: [{ _ref: "layer", _id: id }], makeVisible: false };
}

/** @throws MasksmithError `runtime` with Photoshop's words if a command failed, `aborted` if the user cancelled it. */
export async function playAll(env: Environment, commands: readonly Descriptor[]): Promise<readonly Descriptor[]> {
  const silent = commands.map((command) => ({ ...command, _options: { dialogOptions: "dontDisplay" } }));
  const answers = await env.photoshop.action.batchPlay(silent, {});
  for (const [i, answer] of answers.entries()) {
    if (answer?._obj !== "error") continue;
    if (answer.result === -128) throw new MasksmithError("aborted", "The operation was cancelled");
    const reason = typeof answer.message === "string" ? answer.message : "no reason given";
    throw new MasksmithError("runtime", `Photoshop could not do “${commands[i]._obj}”: ${reason}`);
  }
  return answers;
}
