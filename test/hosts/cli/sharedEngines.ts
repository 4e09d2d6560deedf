import type { Engine, EngineBackend, EngineOptions } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { keptEmbeddings } from "../../support/embeddings.js";

type Core = typeof import("@masksmith/core");

/**
 * The core, but that engines of the built-in model on wasm are made once an encoder and never disposed of, and that their
 * embeddings are kept between runs. Any other engine is made as asked.
 */
export function sharing(core: Core): Core {
  const engines = new Map<string, Promise<Engine<EngineBackend>>>();
  const create = (options: EngineOptions<EngineBackend>): Promise<Engine<EngineBackend>> => {
    const { backend = "wasm", encoder = "fast", threads = 1, workers } = options;
    if (options.model !== model || backend !== "wasm" || workers) return core.createEngine(options);
    const key = `${encoder} ${threads}`;
    const made = engines.get(key) ?? core.createEngine({ ...options, embeddings: keptEmbeddings }).then(undisposed);
    engines.set(key, made);
    return made;
  };
  return { ...core, createEngine: create as Core["createEngine"] };
}

function undisposed(engine: Engine<EngineBackend>): Engine<EngineBackend> {
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === "dispose") return async () => {};
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
