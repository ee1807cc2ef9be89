/** The web as a test sees it: one server on this machine, which names and a public address lead to. */
import { expect, onTestFinished } from "bun:test";
import type { FetchOptions } from "../../../src/attachments/url/fetch-address.ts";
import { UsageError } from "../../../src/lib/errors.ts";

/** An address of the public internet, which leads to the server of a test. */
export const PUBLIC = "93.184.215.14";

export function serve(answer: (request: Request) => Response | Promise<Response>) {
  const seen: { url: string; authorization: string | null }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request) => {
      // At once: the server takes them back when it has answered.
      seen.push({ url: request.url, authorization: request.headers.get("authorization") });
      return answer(request);
    },
  });
  onTestFinished(() => void server.stop(true));
  return { port: server.port ?? 0, seen, at: (name: string) => `http://${name}:${server.port}` };
}

/** Names are all at one public address, and what goes there comes to this machine. */
export function options(more: Partial<FetchOptions> = {}): FetchOptions & { dialled: string[] } {
  const dialled: string[] = [];
  return {
    privateUrls: false,
    env: {},
    maxBytes: 100_000,
    signal: new AbortController().signal,
    lookUp: async () => [PUBLIC],
    fetch: (url, init) => {
      dialled.push(url);
      return fetch(url.replace(PUBLIC, "127.0.0.1"), init);
    },
    ...more,
    dialled,
  };
}

export async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof UsageError)) throw new Error("no refusal", { cause: error });
  expect(error.message).not.toContain("\n");
  return error.advice === undefined ? error.message : `${error.message}; ${error.advice}`;
}
