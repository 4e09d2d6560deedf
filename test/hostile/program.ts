import { killsOf, WRITER, writeUntilKilled } from "./attacks/kills.js";
import { ATTACKS, stand } from "./standing.js";

/** One of the processes that `npm run test:hostile` starts: `SEED MINUTES`. It tells its parent of each input, then of all. */
const [first = "", second = ""] = process.argv.slice(2);
if (first === WRITER) await writeUntilKilled(second);
else {
  const seed = Number(first);
  const end = performance.now() + Number(second) * 60_000;
  const attacks = [...ATTACKS, killsOf(process.argv[1]!)];
  const say = (message: object) => process.send?.(message);
  try {
    const tallies = await stand({
      seed,
      attacks,
      more: () => performance.now() < end,
      onInput: (input) => say({ input }),
    });
    say({ tallies: [...tallies], peak: process.resourceUsage().maxRSS * 1024 });
    process.disconnect?.();
  } catch (error) {
    say({ failed: String(error) });
    process.exit(1);
  }
}
