import type { Server } from "node:http";

/** Serves the built page on this machine only; port 0 is any free one. */
export declare function serve(port: number): Promise<Server>;
