/** `npm run test:properties [rounds]`: the property tests on new cases, with a new seed each round, until one fails. */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const rounds = Number(process.argv[2] ?? 10);
const files = readdirSync(`${root}/test`, { recursive: true })
  .filter((name) => name.endsWith(".test.ts"))
  .filter((name) => readFileSync(`${root}/test/${name}`, "utf8").includes('from "fast-check"'))
  .map((name) => `test/${name}`);

for (let round = 1; round <= rounds; round++) {
  const seed = process.env.MASKSMITH_SEED ?? String(randomInt(2 ** 31));
  process.stdout.write(`Round ${round} of ${rounds}, seed ${seed}\n`);
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...files];
  const env = { ...process.env, MASKSMITH_SEED: seed };
  const { status } = spawnSync(process.execPath, vitest, { cwd: root, env, stdio: "inherit" });
  if (status === 0) continue;
  process.stdout.write(`Failed. Run it again with MASKSMITH_SEED=${seed} npm run test:properties 1\n`);
  process.exit(1);
}
