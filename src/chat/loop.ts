/** The loop of a chat: a line, a turn, a line. What goes wrong costs a line on the screen, never the chat. */
import { describeError, InterruptedError, UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import type { Dialogue, Surface } from "./dialogue.ts";
import { withFloor } from "./floor.ts";
import type { Reporter } from "./report/reporter.ts";
import { runSlash, SLASH_COMMANDS, splitFirst } from "./slash.ts";

export interface LoopOptions {
  surface: Surface;
  dialogue: Dialogue;
  /** A fresh reporter for each turn. */
  reporter: () => Reporter;
  notify: Notify;
  /** Ends the chat: a signal to the process, or a supervisor that has given up. */
  signal: AbortSignal;
}

const PROMPT = "> ";

/** Chats until the user leaves. Rejects with the signal's reason. */
export async function chatLoop(options: LoopOptions): Promise<void> {
  const { surface, signal } = options;
  await offerToResume(options);
  for (;;) {
    const input = await surface.read(PROMPT, signal);
    if (input.kind === "end") return;
    const text = input.text.trim();
    if (text === "") continue;
    if ((await attempt(() => takeLine(text, options), options)) === "exit") return;
  }
}

/** An error that a user may see costs a line; the chat's own end and a bug go through. */
async function attempt<T>(work: () => Promise<T>, { signal, notify }: LoopOptions): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    notify("error", describeError(error));
    return undefined;
  }
}

async function takeLine(text: string, options: LoopOptions): Promise<"exit" | undefined> {
  const { dialogue, surface } = options;
  if (!text.startsWith("/")) return answer(text, options);
  const [name, rest] = splitFirst(text.slice(1));
  const expanded = SLASH_COMMANDS.has(name) ? undefined : await dialogue.expand(name, rest);
  if (expanded !== undefined) return answer(expanded, options);
  const { progress } = surface;
  const print = (line: string) => surface.print(line);
  const next = await interruptibly(options, (signal) =>
    runSlash(text, { dialogue, print, progress, signal }),
  );
  return next === "resume" ? answer(undefined, options) : next;
}

/** Without a text it is the answer that broke off which goes on. */
async function answer(text: string | undefined, options: LoopOptions): Promise<undefined> {
  const { event, finish } = options.reporter();
  await interruptibly(options, (signal) =>
    withFloor(options.surface.floor, { sink: (happening) => event(happening), signal }, async (sink) => {
      const result = await options.dialogue.turn(text, sink, signal);
      const { error, durationMs } = result;
      await finish({ servers: [], result, durationMs, ...(error && { error }) });
    }),
  );
  await offerToResume(options);
}

const OFFERS = {
  rest: "what came is kept; /resume goes on from there",
  answer: "the question is kept; /resume asks it again",
};

/** Nothing is asked for again by itself. */
export async function offerToResume({
  dialogue,
  notify,
}: Pick<LoopOptions, "dialogue" | "notify">): Promise<void> {
  const lacking = await dialogue.conversation.lacks();
  if (lacking) notify("info", OFFERS[lacking]);
}

/** Ctrl-C aborts the signal that the work is handed. */
async function interruptibly<T>(
  { surface, signal }: LoopOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopped = new AbortController();
  const over = Promise.withResolvers<void>();
  const release = surface.onInterrupt(() => {
    stopped.abort(new InterruptedError());
    // What this work made servers ask is taken back with it, and is not to be seen before that.
    surface.floor.closeUntil(over.promise);
  });
  try {
    return await work(AbortSignal.any([signal, stopped.signal]));
  } catch (error) {
    // Whatever the work calls it, to the user it is what they did.
    if (error instanceof UserError) stopped.signal.throwIfAborted();
    throw error;
  } finally {
    release();
    over.resolve();
  }
}
