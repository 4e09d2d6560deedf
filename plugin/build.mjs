import { fileURLToPath } from "node:url";
import { buildPlugin } from "./build/plugin.mjs";

await buildPlugin(fileURLToPath(new URL("dist", import.meta.url)));
