import { EDGE_MODES } from "@masksmith/core";
import { type Command, Option } from "commander";
import { numberOf } from "./values.js";

/** Adds the options of `RefinementOptions` to a command. */
export function addRefinementOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--refine <MODE>",
        "a second look at the object, then edges that follow the picture; off: the model's own soft edges",
      ).choices([...EDGE_MODES, "off"]),
    )
    .option("--islands <PIXELS>", "drop separate parts of fewer pixels", numberOf("--islands", 0))
    .option("--holes <PIXELS>", "fill holes of fewer pixels", numberOf("--holes", 0))
    .option("--smooth <PIXELS>", "even out bumps of the edge of that radius", numberOf("--smooth", 0, 1000))
    .option("--shift <PIXELS>", "move the edge outwards, or inwards if negative", numberOf("--shift", -1000, 1000))
    .option("--feather <PIXELS>", "soften the edge", numberOf("--feather", 0, 1000))
    .option("--contrast <PERCENT>", "harden the edge", numberOf("--contrast", 0, 100))
    .option("--decontaminate", "take the background's colour out of the cut-out's soft edges");
}
