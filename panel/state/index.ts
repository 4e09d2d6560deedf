export * from "./history.js";
export * from "./lruCache.js";
export * from "./proposals.js";
export * from "./serialise.js";
export * from "./store.js";
export * from "./untrusted.js";
export * from "./work.js";
