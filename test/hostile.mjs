/**
 * `npm run test:hostile [minutes] [seed]`: the standing attack, an hour on two processes unless told otherwise. Each makes hostile
 * inputs by chance and gives them to the program; one that dies, hangs over the limit, loses something or throws what is no
 * refusal ends the run, and its input is named.
 */
import { fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PROCESSES = 2;
/** Milliseconds that one input may take. */
const LIMIT = 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const minutes = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? randomInt(2 ** 31));

const program = `${root}out/hostile/program.mjs`;
await build({
  entryPoints: [`${root}test/hostile/program.ts`],
  outfile: program,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "error",
  alias: { "@masksmith/core": `${root}core/index.ts` },
  // What is installed is used as users have it.
  external: ["sharp", "undici", "ag-psd", "commander", "zod", "onnxruntime-*", "@masksmith/model-*"],
});

const children = [];

function attack(own) {
  return new Promise((resolve, reject) => {
    // What the libraries log of a damaged file is of no interest.
    const stdio = ["ignore", "ignore", "inherit", "ipc"];
    const child = fork(program, [String(own), String(minutes)], { cwd: root, stdio });
    children.push(child);
    let input = "nothing yet";
    let result;
    let failed;
    const hang = () => {
      failed = `it takes over ${LIMIT / 1000} s`;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(hang, LIMIT);
    child.on("message", (message) => {
      clearTimeout(timer);
      timer = setTimeout(hang, LIMIT);
      input = message.input ?? input;
      failed = message.failed ?? failed;
      if (message.tallies) result = message;
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (result && code === 0) resolve(result);
      else reject(new Error(`${input}: ${failed ?? `the process died (${signal ?? code})`}`));
    });
  });
}

process.stdout.write(`Seed ${seed}, ${PROCESSES} processes, ${minutes} minutes\n`);
const started = performance.now();
try {
  const results = await Promise.all(
    Array.from({ length: PROCESSES }, (_, i) => attack((seed + i * 2 ** 30) % 2 ** 31)),
  );
  const names = results[0].tallies.map(([name]) => name);
  let all = 0;
  for (const name of names) {
    const own = results.map(({ tallies }) => new Map(tallies).get(name));
    const sum = (field) => own.reduce((total, tally) => total + tally[field], 0);
    const slowest = Math.max(...own.map((tally) => tally.slowest));
    all += sum("tried");
    const words = [
      `${sum("tried")} tried`,
      `${sum("refused")} refused in one line`,
      `slowest ${Math.round(slowest)} ms`,
    ];
    process.stdout.write(`${name}: ${words.join(", ")}\n`);
  }
  const peak = Math.max(...results.map((result) => result.peak));
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${all} inputs in ${Math.round(seconds)} s, at most ${Math.round(peak / 2 ** 20)} MiB: nothing lost, hung or died\n`,
  );
} catch (error) {
  for (const child of children) child.kill("SIGKILL");
  process.stdout.write(`Failed: ${error.message}\nRun it again with npm run test:hostile -- ${minutes} ${seed}\n`);
  process.exit(1);
}
