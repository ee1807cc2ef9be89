/** Children whose life a test holds in its hands, and the story of what happened to them. */
import type { ChildSpec, Exit, Running, StartContext, SupervisionEvent } from "../../src/supervisor/spec.ts";

export interface ScriptedChild {
  spec: ChildSpec<string>;
  /** How many times it was started, and how many of those live. */
  starts: number;
  alive: number;
  end(exit: Exit): void;
}

export interface Script extends Partial<Omit<ChildSpec<string>, "id" | "start">> {
  /** Called at each start; throw to fail it, return a promise to delay it. */
  onStart?: (context: StartContext) => void | "ignore" | Promise<void>;
  /** What it does when asked to stop; ends with `shutdown` by default. */
  onStop?: (end: (exit: Exit) => void) => void;
  /** Whether it lives on when it is killed, as in-process work does. */
  unkillable?: () => boolean;
}

export const crash = (message = "boom"): Exit => ({ kind: "crash", error: new Error(message) });

export class Story {
  readonly lines: string[] = [];
  readonly events: SupervisionEvent[] = [];
  readonly listener = (event: SupervisionEvent): void => void this.events.push(event);

  child(id: string, script: Script = {}): ScriptedChild {
    const { onStart, onStop, unkillable, ...rest } = script;
    const child: ScriptedChild = { starts: 0, alive: 0, end: () => {}, spec: undefined as never };
    const start = async (context: StartContext): Promise<Running<string> | "ignore"> => {
      this.lines.push(`start ${id}`);
      child.starts++;
      if ((await onStart?.(context)) === "ignore") return "ignore";
      child.alive++;
      const exit = Promise.withResolvers<Exit>();
      let ended = false;
      const end = (how: Exit) => {
        if (!ended) child.alive--;
        ended = true;
        exit.resolve(how);
      };
      child.end = end;
      const stop = () => {
        this.lines.push(`stop ${id}`);
        if (onStop) onStop(end);
        else end({ kind: "shutdown" });
      };
      const kill = () => {
        this.lines.push(`kill ${id}`);
        if (!unkillable?.()) end({ kind: "killed" });
      };
      return { handle: `${id}#${child.starts}`, exited: exit.promise, stop, kill };
    };
    child.spec = { id, start, restart: "permanent", shutdown: 1000, type: "worker", ...rest };
    return child;
  }

  /** The lines since the last time somebody asked. */
  told(): string[] {
    return this.lines.splice(0);
  }
}
