import { PageEnd, type PageEndOptions } from "../bridge/index.js";

interface UxpHost {
  postMessage(message: unknown): void;
  addEventListener?(type: "message", listener: (event: unknown) => void): void;
}

interface UxpScope {
  readonly uxpHost?: UxpHost;
}

/**
 * The bridge over `window.uxpHost`, which Photoshop puts in some time after the page has started: until then what is sent is
 * lost, and the bridge says hello again.
 */
export function connectToUxp(options: Omit<PageEndOptions, "send">): PageEnd {
  const scope = window as UxpScope;
  let followed: UxpHost | undefined;
  const end = new PageEnd({
    ...options,
    send: (text) => {
      const host = scope.uxpHost;
      if (host && host !== followed) {
        followed = host;
        host.addEventListener?.("message", (event) => end.receive(event));
      }
      host?.postMessage(text);
    },
  });
  window.addEventListener("message", (event) => end.receive(event));
  return end;
}
