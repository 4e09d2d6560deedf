/** A run over a folder as a process of its own, to be killed. Arguments: input, output, log file. */
import { appendFileSync } from "node:fs";
import { runDataEngine } from "../../../hosts/cli/src/dataEngine/index.js";
import { fakeMasks } from "./dataEngineFake.js";

const [input, output, log] = process.argv.slice(2);
await runDataEngine({
  input,
  output,
  settings: { fake: 1 },
  generate: async (picture) => {
    appendFileSync(log, `${picture.path}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return fakeMasks(picture);
  },
});
appendFileSync(log, "end\n");
