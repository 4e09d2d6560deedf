import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MasksmithError } from "@masksmith/core";
import type { Attack } from "./attacks/attack.js";
import { graphs } from "./attacks/graphs.js";
import { pictures } from "./attacks/pictures.js";
import { psds } from "./attacks/psds.js";
import { closeServers, servers } from "./attacks/servers.js";
import { coco, manifests, records, runLengths } from "./attacks/texts.js";
import { Chance } from "./chance.js";

export const ATTACKS: readonly Attack[] = [graphs, pictures, psds, servers, manifests, coco, records, runLengths];

export interface Tally {
  tried: number;
  refused: number;
  /** Milliseconds of the slowest input. */
  slowest: number;
}

export interface Standing {
  readonly seed: number;
  readonly attacks?: readonly Attack[];
  /** Whether to go on; asked before each input. */
  readonly more: (tried: number) => boolean;
  /** Hears of each input before it is tried, so that another process knows of one that never ends. */
  readonly onInput?: (input: string) => void;
}

/** Bytes that the process may hold, whatever it is given. */
const MEMORY = 1.5 * 2 ** 30;

/**
 * Tries the finds, then inputs by chance.
 * @throws Error that names the input for a loss, an error that is no refusal in one line, or memory over the bound.
 */
export async function stand({ seed, attacks = ATTACKS, more, onInput }: Standing): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map(attacks.map(({ name }) => [name, { tried: 0, refused: 0, slowest: 0 }]));
  const folder = await mkdtemp(join(tmpdir(), "masksmith-attack-"));
  const attempt = async (attack: Attack, input: string, work: () => Promise<void> | void) => {
    onInput?.(`${attack.name}, ${input}`);
    await judge(`${attack.name}, ${input}`, tallies.get(attack.name)!, work);
  };
  try {
    for (const attack of attacks)
      for (const [words, work] of Object.entries(attack.finds ?? {})) await attempt(attack, words, () => work(folder));
    for (let i = 0; more(i); i++) {
      const own = (seed + i) >>> 0;
      const attack = chosen(attacks, new Chance(own ^ 0x5bd1e995));
      await attempt(attack, `seed ${own}`, () => attack.attempt(new Chance(own), folder));
    }
  } finally {
    await closeServers();
    await rm(folder, { recursive: true, force: true });
  }
  return tallies;
}

async function judge(input: string, tally: Tally, work: () => Promise<void> | void): Promise<void> {
  const started = performance.now();
  tally.tried++;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof MasksmithError)) throw new Error(`${input}: ${String(error)}`, { cause: error });
    if (/[\r\n]/.test(error.message)) throw new Error(`${input}: more than one line: ${error.message}`);
    tally.refused++;
  }
  tally.slowest = Math.max(tally.slowest, performance.now() - started);
  const held = process.memoryUsage.rss();
  if (held > MEMORY) throw new Error(`${input}: ${Math.round(held / 2 ** 20)} MiB are held`);
}

function chosen(attacks: readonly Attack[], chance: Chance): Attack {
  let at = (chance.below(2 ** 30) / 2 ** 30) * attacks.reduce((sum, { weight }) => sum + weight, 0);
  for (const attack of attacks) {
    at -= attack.weight;
    if (at < 0) return attack;
  }
  return attacks[0]!;
}
