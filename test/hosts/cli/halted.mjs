/**
 * Loaded into a command's process before it (`--import`): says on standard error when the work has come to the moment that HALT
 * names, and there the work stands still, so that a test can interrupt it then.
 */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

const { HALT } = process.env;
const { open, readFile } = fs;
const { Worker } = threads;

/** @returns {Promise<never>} */
function stand() {
  process.stderr.write("halted\n");
  return new Promise(() => setInterval(() => {}, 1000));
}

fs.open = async (path, flags, ...rest) => {
  const file = await open(path, flags, ...rest);
  return HALT === "writing" && flags === "r+" && /\.tmp$/.test(String(path)) ? stand() : file;
};
fs.readFile = (path, ...rest) =>
  HALT === "loading" && /\.onnx$/.test(String(path)) ? stand() : readFile(path, ...rest);
threads.Worker = class extends Worker {
  constructor(...parts) {
    super(...parts);
    if (HALT === "searching") this.once("online", () => process.stderr.write("halted\n"));
  }
};
syncBuiltinESMExports();
