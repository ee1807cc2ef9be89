import { Backlog, errorText } from "./bounds.ts";
import type { Refusal } from "./failure.ts";

/** `fetch` as the SDKs call it; a pool's `session.fetch` fits. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What one request did on the wire, for who has to say why it failed. */
export interface Wire {
  fetch: Fetch;
  /** Whether an answer has begun: headers of success have come. */
  begun: boolean;
  /** Bytes of the answer's body so far. */
  bytes: number;
  /** How often more of the body was asked for, which is when all that came is dealt with. */
  reads: number;
  /** Resolves when more is asked for the next time. */
  starved: Promise<void>;
  /** Whether the body ends with `data: [DONE]`, which the SDKs keep to themselves. */
  marked: boolean;
  /** A response other than success, and the beginning of its body. */
  refusal: Refusal | undefined;
  /** What `fetch`, or reading the body, failed with. */
  broken: unknown;
}

/** In JSON a newline is escaped, so no text of a model can look like this. */
const MARK = /[\r\n]data: ?\[DONE\][\r\n]*$/;
/** As many bytes as hold the mark and some blank lines. */
const TAIL = 32;

/**
 * Looks on at one request. `alive` is called when headers or bytes arrive: the SDKs keep pings and comments to
 * themselves, and a model that thinks for minutes sends nothing else.
 */
export function tapWire(fetch: Fetch, alive: () => void): Wire {
  const hunger = Promise.withResolvers<void>();
  const wire: Watched = {
    fetch: request,
    begun: false,
    bytes: 0,
    reads: 0,
    starved: hunger.promise,
    marked: false,
    refusal: undefined,
    broken: undefined,
    resolveStarved: hunger.resolve,
  };
  return wire;

  async function request(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    try {
      // A redirect would carry the conversation, and the key in headers that fetch does not know, elsewhere.
      const response = await fetch(input, { ...init, redirect: "manual" });
      alive();
      if (!response.ok) return await refused(response);
      wire.begun = true;
      if (!response.body) return response;
      const backlog = new Backlog(isDocument(response) ? "document" : "stream");
      return new Response(watched(response.body, { wire, backlog, alive }), response);
    } catch (error) {
      wire.broken = error;
      throw error;
    }
  }

  async function refused(response: Response): Promise<Response> {
    const { status, headers } = response;
    const body = await errorText(response);
    wire.refusal = { status, headers, body };
    return new Response(body, { status, headers });
  }
}

interface Watched extends Wire {
  resolveStarved: () => void;
}

function watched(
  body: ReadableStream<Uint8Array>,
  { wire, backlog, alive }: { wire: Watched; backlog: Backlog; alive: () => void },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let tail = "";
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    starve(wire);
    try {
      const { done, value } = await reader.read();
      alive();
      if (done) return controller.close();
      wire.bytes += value.byteLength;
      backlog.add(value);
      tail = (tail + Buffer.from(value.subarray(-TAIL)).toString("latin1")).slice(-TAIL);
      wire.marked = MARK.test(tail);
      controller.enqueue(value);
    } catch (error) {
      wire.broken = error;
      void reader.cancel().catch(() => {});
      throw error;
    }
  };
  const cancel = (reason: unknown) => reader.cancel(reason);
  // Nothing is read ahead: that more is asked for says that nothing is left.
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

function starve(wire: Watched): void {
  const hunger = Promise.withResolvers<void>();
  wire.resolveStarved();
  wire.resolveStarved = hunger.resolve;
  wire.starved = hunger.promise;
  wire.reads++;
}

/** Whether a success says of itself that it is no stream. */
export function isDocument(response: Response): boolean {
  return ["text/html", "application/json"].includes(mediaType(response));
}

export function mediaType(response: Response): string {
  return response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}
