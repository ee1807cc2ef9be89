/** Who has the floor: while the model speaks nobody asks the person anything, and it does not speak into a question. */
import type { TurnSink } from "./events.ts";

export interface Floor {
  /** Waits for those who have it, and has it until the returned function is called. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
  /** Gives it to nobody before the promise resolves. */
  closeUntil(over: Promise<void>): void;
}

/** Does work whose answer has the floor, from each request to the model to the calls that the answer makes. */
export async function withFloor(
  floor: Floor,
  { sink, signal }: { sink: TurnSink; signal: AbortSignal },
  work: (sink: TurnSink) => Promise<void>,
): Promise<void> {
  let leave: (() => void) | undefined;
  const release = () => {
    leave?.();
    leave = undefined;
  };
  try {
    await work(async (event) => {
      if (event.type === "request") leave ??= await floor.take(signal);
      await sink(event);
      // What a tool has to ask is asked at once.
      if (event.type === "tool_call" || event.type === "tool_invalid") release();
    });
  } finally {
    release();
  }
}
