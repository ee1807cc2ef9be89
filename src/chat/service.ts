/**
 * The service `chat`: it runs turns. A bug in a turn is a crash of this service: the supervisor starts it anew, the
 * one who asked gets a result with one line, and what the conversation holds by then is on disk.
 */
import { type Message, NO_USAGE } from "../lib/conversation.ts";
import { describeError, ExitCode, UserError } from "../lib/errors.ts";
import type { ChildSpec, Exit } from "../supervisor/spec.ts";
import type { TurnResult } from "./events.ts";
import { runTurn } from "./turn.ts";
import type { TurnOptions } from "./turn-options.ts";

export interface ChatService {
  /** Runs one turn to its end; never rejects. */
  turn(message: Message | undefined, options: TurnOptions): Promise<TurnResult>;
}

export function chatService(): ChildSpec<ChatService> {
  return {
    id: "chat",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: async () => {
      const exit = Promise.withResolvers<Exit>();
      const ended = new AbortController();
      const end = (how: Exit) => {
        ended.abort(new UserError("the chat service was stopped", "stopped", ExitCode.bug));
        exit.resolve(how);
      };
      const turn = async (message: Message | undefined, options: TurnOptions): Promise<TurnResult> => {
        try {
          return await runTurn(message, {
            ...options,
            signal: AbortSignal.any([options.signal, ended.signal]),
          });
        } catch (error) {
          end({ kind: "crash", error });
          return crashed(error);
        }
      };
      return {
        handle: { turn },
        exited: exit.promise,
        stop: () => end({ kind: "shutdown" }),
        kill: () => end({ kind: "killed" }),
      };
    },
  };
}

function crashed(cause: unknown): TurnResult {
  const what = `the turn failed inside mcpchat: ${describeError(cause)}`;
  const error = new UserError(what, "bug", ExitCode.bug, "please report it", { cause });
  return {
    text: "",
    stopReason: "error",
    usage: NO_USAGE,
    requests: [],
    durationMs: 0,
    tools: [],
    denied: 0,
    error,
  };
}
