/** The events of the process that runs models as events of the port. Pure. */
import { basename } from "node:path";
import type { GenerateEvent } from "../../models/port.ts";
import { ModelError } from "../../models/problem.ts";
import type { ModelEvent } from "../port.ts";
import { failureOf } from "./failure.ts";
import { LOCAL_ORIGIN } from "./request.ts";

/** Undefined for what is only a sign of life. */
export function toModelEvent(event: GenerateEvent): ModelEvent | undefined {
  switch (event.type) {
    case "alive":
      return undefined;
    case "loading":
      return { type: "progress", text: `loading ${modelTitle(event.path)}`, fraction: event.fraction };
    case "tool_call": {
      const { raw, ...call } = event;
      return { ...call, ...(raw && { extra: { origin: LOCAL_ORIGIN, content: raw } }) };
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

/** A model's name for people, from its file. */
export function modelTitle(path: string): string {
  return basename(path).replace(/(-0*1-of-\d+)?\.gguf$/i, "");
}
