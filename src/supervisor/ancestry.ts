/**
 * Which children a piece of code runs in, so that one that would wait for its own end, or for a supervisor that waits
 * for it, is told instead of hanging for ever. Erlang finds the caller in the message; here the asynchronous context tells.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { SupervisorError } from "./errors.ts";

interface Frame {
  supervisor: object;
  id: string;
  /** Until the start has returned, the supervisor waits for this very code. */
  starting: boolean;
  parent: Frame | undefined;
}

/** A key, not a state: what it holds belongs to each asynchronous context. */
const frames = new AsyncLocalStorage<Frame | undefined>();

/** Runs the start of a child, so that it and all that comes of it is known as that child's. */
export async function runAsChild<T>(supervisor: object, id: string, start: () => Promise<T>): Promise<T> {
  const frame: Frame = { supervisor, id, starting: true, parent: frames.getStore() };
  try {
    return await frames.run(frame, start);
  } finally {
    frame.starting = false;
  }
}

/**
 * Where the caller runs now, for later: what a supervisor does is its own doing, whichever child asked for it. Else a
 * child that had once started another would seem to be the one that ends everything when that other crashes.
 */
export function presentAncestry(): <T>(work: () => T) => T {
  const frame = frames.getStore();
  return (work) => frames.run(frame, work);
}

/** Runs a listener as nobody's child: what it sets in motion is its own. */
export function runAsBystander(work: () => void): void {
  frames.run(undefined, work);
}

/**
 * Why a call may not be made from here. `self_termination`: the caller runs in the child that the call would end (`id`,
 * or any child of the supervisor if none is named). `deadlock`: the supervisor waits for the caller's own start.
 */
export function refusalFromWithin(
  supervisor: object,
  end: { id?: string } | undefined,
): SupervisorError | undefined {
  for (let frame = frames.getStore(); frame; frame = frame.parent) {
    if (frame.supervisor !== supervisor) continue;
    if (end && (end.id === undefined || end.id === frame.id)) {
      return new SupervisorError(
        "self_termination",
        `${frame.id} would wait for its own end; let it settle \`exited\``,
      );
    }
    if (frame.starting) {
      return new SupervisorError("deadlock", `${frame.id} calls its supervisor, which waits for its start`);
    }
  }
  return undefined;
}
