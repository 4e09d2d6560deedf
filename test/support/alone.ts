import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** What tests make once and keep between runs. */
export const CACHE = fileURLToPath(new URL("../../node_modules/.cache/masksmith", import.meta.url));

/** Runs `work` while no other process on this machine runs work of that name; a lock left by a dead process does not count. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const lock = join(CACHE, `${name}.lock`);
  await mkdir(CACHE, { recursive: true });
  while (!(await taken(lock))) await sleep(50);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const holder = Number(await readFile(lock, "utf8").catch(() => ""));
  if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
