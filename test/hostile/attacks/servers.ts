import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { download } from "../../../hosts/cli/src/models/download.js";
import { type Asked, head, type Reply, type ScriptedServer, scriptedServer } from "../../support/scriptedServer.js";
import type { Chance } from "../chance.js";
import { type Attack, Loss } from "./attack.js";

const LENGTH = 3000;
/** Two states of one file that differ in every byte. */
const STATES = [0, 1].map((state) => Uint8Array.from({ length: LENGTH }, (_, i) => ((i * 2) % 256) + state));
const SHA256 = createHash("sha256").update(STATES[0]!).digest("hex");
const PATIENCE = 25;

let server: Promise<ScriptedServer> | undefined;
let answer: (asked: Asked) => Reply = () => ({ pieces: [], last: "end" });

export const servers: Attack = {
  name: "servers",
  weight: 3,
  attempt: async (chance, folder) => {
    // One for all: its answers are those of the present attempt.
    server ??= scriptedServer((asked) => answer(asked));
    const { base } = await server;
    answer = (asked) => reply(asked, chance, base);
    const target = join(folder, "model.bin");
    for (const name of [target, `${target}.part`, `${target}.part.json`]) await rm(name, { force: true });
    const sha256 = chance.rarely(2) ? SHA256 : undefined;
    await download({ url: new URL("model.bin", base), target, sha256, patience: PATIENCE });
    checkState(await readFile(target), sha256);
  },
};

/** Lets the process end. */
export async function closeServers(): Promise<void> {
  await (await server)?.close();
  server = undefined;
}

/** What has come is one state of the file from its start, and with a hash the one that it is of. */
function checkState(file: Uint8Array, sha256: string | undefined): void {
  const states = sha256 === undefined ? STATES : [STATES[0]!];
  const isOne = states.some((state) => file.every((byte, i) => byte === state[i]));
  if (!isOne) throw new Loss("two states of a file were put together");
  if (sha256 !== undefined && file.length !== LENGTH) throw new Loss("a part was taken for the whole");
}

/** Truthful in which state a mark stands for, and in nothing else. */
function reply({ headers: { range } }: Asked, chance: Chance, base: string): Reply {
  const state = chance.pick([0, 0, 0, 1]);
  const data = STATES[state]!;
  const said = Number(/\d+/.exec(range ?? "")?.[0] ?? 0);
  const from = chance.rarely(8) ? chance.below(LENGTH) : said;
  const isPart = range !== undefined && !chance.rarely(4);
  const sent = data.subarray(isPart ? from : 0);
  const cut = sent.subarray(0, chance.rarely(2) ? chance.below(sent.length + 1) : sent.length);
  const marks = chance.pick([{ etag: `"${state}"` }, { etag: `"${state}"` }, { etag: `W/"${state}"` }, {}]);
  const total = chance.rarely(8) ? chance.pick(["*", "7", String(LENGTH + 5)]) : String(LENGTH);
  const part = { "content-range": `bytes ${isPart ? from : 0}-${LENGTH - 1}/${total}` };
  const length = chance.rarely(6) ? {} : { "content-length": chance.rarely(12) ? chance.below(5000) : sent.length };
  const last = chance.pick<Reply["last"]>(["end", "end", "end", "end", "end", "end", "end", "reset", "stay", "drip"]);
  const kinds: readonly (() => Reply["pieces"])[] = [
    () => [head(isPart ? 206 : 200, { ...marks, ...length, ...(isPart && !chance.rarely(8) ? part : {}) }), cut],
    () => [head(416, { "content-range": `bytes */${chance.pick([total, String(said)])}` })],
    () => [head(chance.pick([404, 500, 204, 304, 101, 999]), {}), "no"],
    () => [head(302, { location: chance.pick([`${base}again`, "http://", "file:///etc/passwd", "//"]) })],
    () => ["HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", cut],
    () => [cut],
    () => [],
  ];
  const isFile = !chance.rarely(3);
  // What drips is not the file's: behind its bytes nobody could tell.
  if (isFile) return { pieces: kinds[0]!(), last: last === "drip" ? "stay" : last };
  return { pieces: chance.pick(kinds.slice(1))(), last };
}
