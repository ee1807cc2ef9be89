/** The events of the process that runs models as events of the port. Pure. */
import type { GenerateEvent } from "../../models/port.ts";
import { ModelError } from "../../models/problem.ts";
import type { ModelEvent } from "../port.ts";
import { failureOf } from "./failure.ts";

export interface EventContext {
  /** What the user calls the model. */
  title: string;
  /** Marks what came with its calls. */
  origin: string;
}

/** Undefined for what is only a sign of life. */
export function toModelEvent(event: GenerateEvent, { title, origin }: EventContext): ModelEvent | undefined {
  switch (event.type) {
    case "alive":
      return undefined;
    case "loading":
      return { type: "progress", text: `loading ${title}`, fraction: event.fraction };
    case "tool_call": {
      const { raw, ...call } = event;
      return { ...call, ...(raw && { extra: { origin, content: raw } }) };
    }
    case "usage": {
      const { evaluated, reused, generated } = event.usage;
      return {
        type: "usage",
        usage: { input: evaluated, output: generated, cacheRead: reused, cacheWrite: 0 },
      };
    }
    case "failed":
      return { type: "failed", error: failureOf(new ModelError(event.problem)) };
    default:
      return event;
  }
}
