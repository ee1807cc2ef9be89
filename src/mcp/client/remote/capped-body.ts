/**
 * Bounds what is kept of an answer in memory: a JSON body as a whole, or each event of a stream. What passes is counted
 * as it comes and not copied.
 */

export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
  constructor(readonly maxBytes: number) {
    super(`an answer of more than ${Math.floor(maxBytes / 1024 / 1024)} MB, which is the most that is taken`);
  }
}

export interface BodyWatch {
  maxBytes: number;
  /** The body is over: complete, broken (with what broke it) or too large. Not called when nobody reads any more. */
  onEnd?: (error?: unknown) => void;
  /** What is told to the reader instead of what broke the body. */
  explain: (error: unknown) => Error;
}

/** The same body, which fails with AnswerTooLarge when it, or one of its events, is larger than the cap. */
export function cappedBody(
  body: ReadableStream<Uint8Array>,
  isEventStream: boolean,
  { maxBytes, onEnd, explain }: BodyWatch,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const measure = isEventStream ? createEventMeasure() : createBodyMeasure();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return onEnd?.();
        }
        if (measure(value) > maxBytes) throw new AnswerTooLarge(maxBytes);
        controller.enqueue(value);
      } catch (error) {
        controller.error(error instanceof AnswerTooLarge ? error : explain(error));
        // The rest is of no use to anybody; where it broke off there is none.
        reader.cancel(error).catch(() => {});
        onEnd?.(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

type Measure = (chunk: Uint8Array) => number;

function createBodyMeasure(): Measure {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    return bytes;
  };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The size of the event that is under way, or of a larger one that is complete in the chunk. Lines that end in a carriage
 * return alone, which nobody sends, make one event of all.
 */
function createEventMeasure(): Measure {
  let bytes = 0;
  let blank = true;
  return (chunk) => {
    let largest = 0;
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      if (holdsText(chunk, from, end)) blank = false;
      bytes += end - from;
      largest = Math.max(largest, bytes);
      // A blank line ends an event.
      if (blank) bytes = 0;
      blank = true;
      from = end + 1;
    }
    if (holdsText(chunk, from, chunk.length)) blank = false;
    bytes += chunk.length - from;
    return Math.max(largest, bytes);
  };
}

function holdsText(chunk: Uint8Array, from: number, end: number): boolean {
  return end - from > 1 || (end > from && chunk[from] !== CARRIAGE_RETURN);
}
