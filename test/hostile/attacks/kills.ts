import { type ChildProcess, fork } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAll } from "../../../hosts/cli/src/io/atomic.js";
import { type Attack, Loss } from "./attack.js";

const FILES = ["a.bin", "b.bin", "c.bin"];
const LENGTH = 200_000;
/** The argument that makes this program the one that is killed. */
export const WRITER = "--write-until-killed";

/** Replaces the files by a next generation, again and again: each file is one byte's value throughout. */
export async function writeUntilKilled(folder: string): Promise<void> {
  process.on("disconnect", () => process.exit());
  for (let generation = 0; ; generation = (generation + 1) % 256) {
    await writeAll(FILES.map((name) => ({ path: join(folder, name), bytes: new Uint8Array(LENGTH).fill(generation) })));
    if (generation === 0) process.send?.("written");
  }
}

/** Kill moments; only for a program of its own that knows `WRITER`. */
export function killsOf(program: string): Attack {
  return {
    name: "kill moments",
    weight: 0.1,
    attempt: async (chance, folder) => {
      const inside = join(folder, "killed");
      await rm(inside, { recursive: true, force: true });
      await mkdir(inside);
      const child = fork(program, [WRITER, inside]);
      await new Promise((resolve) => child.once("message", resolve));
      await new Promise((resolve) => setTimeout(resolve, chance.below(40)));
      await killed(child, chance.pick(["SIGKILL", "SIGKILL", "SIGINT", "SIGTERM"]));
      for (const name of FILES) {
        const bytes = await readFile(join(inside, name));
        if (bytes.length !== LENGTH || bytes.some((byte) => byte !== bytes[0]))
          throw new Loss(`${name} is half written`);
      }
      const left = (await readdir(inside)).filter((name) => name.endsWith(".tmp"));
      if (child.signalCode !== "SIGKILL" && left.length > 0) throw new Loss(`an interrupt leaves ${left.join(", ")}`);
    },
  };
}

/** Milliseconds that an interrupt may take. */
const PATIENCE = 20_000;

function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Loss(`${signal} is ignored`));
    }, PATIENCE);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill(signal);
  });
}
