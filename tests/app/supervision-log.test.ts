import { expect, test } from "bun:test";
import { entryOf, levelOf } from "../../src/app/supervision-log.ts";
import { ProcessCrash } from "../../src/process/errors.ts";
import type { SupervisionEvent } from "../../src/supervisor/spec.ts";

const place = { path: "mcpchat/mcp", at: 1 };

test("a crash of a process is told with its last words and what it used", () => {
  const used = { cpuMs: 1234, mostMemoryBytes: 50 * 1024 * 1024 };
  const error = new ProcessCrash(undefined, "SIGKILL", ["first", "out of memory"], used);
  const event: SupervisionEvent = {
    ...place,
    type: "child_exited",
    id: "process",
    exit: { kind: "crash", error },
  };
  expect(levelOf(event)).toBe("warn");
  expect(entryOf(event)).toEqual({
    type: "child_exited",
    path: "mcpchat/mcp",
    child: "process",
    detail: "crash: killed by SIGKILL; out of memory; 1.23 s of processor time, at most 50 MiB",
  });
});

test.each<[SupervisionEvent, string, string | null]>([
  [{ ...place, type: "child_started", id: "a", attempt: 0 }, "debug", null],
  [{ ...place, type: "child_started", id: "a", attempt: 2 }, "info", "attempt 2"],
  [{ ...place, type: "child_exited", id: "a", exit: { kind: "shutdown" } }, "debug", "shutdown"],
  [{ ...place, type: "restart_scheduled", id: "a", delayMs: 7 }, "info", "in 7 ms"],
  [{ ...place, type: "start_failed", id: "a", error: new Error("no") }, "warn", "no"],
  [{ ...place, type: "child_leaked", id: "a" }, "error", null],
])("%j is told as %s", (event, level, detail) => {
  expect(levelOf(event)).toBe(level as "debug" | "info" | "warn" | "error"); // The table holds these.
  expect(entryOf(event).detail).toBe(detail);
});
