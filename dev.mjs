/** `npm run dev`: builds, checks types and runs the unit tests of what changed, again after each change. */
import { spawn } from "node:child_process";
import { watch } from "node:fs";

const PARTS = ["core", "panel", "hosts", "plugin", "models"];
const node = (...args) => spawn(process.execPath, args, { stdio: "inherit" });

let building = false;
let again = false;
function build() {
  again = building;
  if (building) return;
  building = true;
  node("esbuild.config.mjs").on("exit", () => {
    building = false;
    if (again) build();
  });
}

let timer;
for (const part of PARTS) {
  watch(part, { recursive: true }, (_, name) => {
    if (!name || /(^|[\\/])(dist|node_modules)([\\/]|$)/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(build, 200);
  });
}
build();
const others = [
  node("node_modules/@typescript/native/bin/tsc", "-b", "--watch", "--preserveWatchOutput"),
  node("node_modules/vitest/vitest.mjs", "--watch", "--project", "unit", "--changed"),
];
for (const child of others) child.on("exit", (code) => process.exit(code ?? 1));
process.on("exit", () => {
  for (const child of others) child.kill();
});
