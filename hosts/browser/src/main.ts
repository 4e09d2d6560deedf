import { nextTask } from "./page/nextTask.js";

/** The page's modules, each evaluated in a task of its own: together they would keep the page's thread busy for too long. */
async function main(): Promise<void> {
  await nextTask();
  await import("@masksmith/core");
  await nextTask();
  const { start } = await import("./start.js");
  await nextTask();
  await start();
}

void main();
