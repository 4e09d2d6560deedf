import type { PromptAct } from "../../state/index.js";

/** What a prompt is called in the undo history. */
export function labelOf(act: PromptAct): string {
  switch (act.kind) {
    case "point":
      return act.foreground ? "Add point" : "Subtract point";
    case "box":
      return "Draw box";
    case "stroke":
      return act.how === "lasso" ? "Draw lasso" : "Paint";
    case "mask":
      return "Use mask";
    case "given":
      return "Add mask";
  }
}
