import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { childEnvironment } from "../../src/process/environment.ts";
import { readExit } from "../../src/process/exit.ts";
import { signalGroup } from "../../src/process/group.ts";
import { createLineRing } from "../../src/process/linering.ts";

describe("how an exit is read", () => {
  const table = [
    { code: 0, signal: null, asked: "nothing", kind: "normal" },
    { code: 1, signal: null, asked: "nothing", kind: "crash" },
    { code: null, signal: "SIGSEGV", asked: "nothing", kind: "crash" },
    { code: null, signal: "SIGTERM", asked: "nothing", kind: "crash" },
    { code: null, signal: "SIGKILL", asked: "nothing", kind: "crash" },
    { code: 0, signal: null, asked: "stop", kind: "shutdown" },
    { code: 143, signal: null, asked: "stop", kind: "shutdown" },
    { code: null, signal: "SIGTERM", asked: "stop", kind: "shutdown" },
    { code: 1, signal: null, asked: "stop", kind: "crash" },
    { code: null, signal: "SIGKILL", asked: "stop", kind: "crash" },
    { code: null, signal: "SIGKILL", asked: "kill", kind: "killed" },
    { code: null, signal: "SIGTERM", asked: "kill", kind: "shutdown" },
  ] as const;
  test.each(table)("%o", ({ code, signal, asked, kind }) => {
    expect(readExit({ code, signal }, asked, []).kind).toBe(kind);
  });
});

describe("the ring of last lines", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test("however the bytes are cut, the last lines are the same", () => {
    const line = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replace(/\s/gu, "_"));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(40), { maxLength: 8 }),
        (lines, cuts) => {
          const all = bytes(lines.join("\n"));
          const ring = createLineRing({ lines: 4, lineLength: 1000 });
          let from = 0;
          for (const cut of [...cuts.sort((a, b) => a - b), all.length]) {
            ring.push(all.subarray(from, cut));
            from = Math.max(from, cut);
          }
          expect(ring.lines()).toEqual(lines.filter((text) => text !== "").slice(-4));
        },
      ),
    );
  });

  test("is bounded in lines and in characters", () => {
    const ring = createLineRing({ lines: 3, lineLength: 5 });
    for (let index = 0; index < 100; index += 1) ring.push(bytes(`${"x".repeat(50)}\n`));
    ring.push(bytes("y".repeat(1000)));
    expect(ring.lines()).toEqual(["xxxxx", "xxxxx", "yyyyy"]);
  });
});

describe("the environment of a child", () => {
  test("passes files, user and language, never a key", () => {
    const source = {
      HOME: "/home/a",
      PATH: "/bin",
      LC_ALL: "C",
      XDG_CACHE_HOME: "/c",
      TMPDIR: "/t",
      ANTHROPIC_API_KEY: "secret",
      AWS_SECRET_ACCESS_KEY: "secret",
      LANG: "() { :; }",
    };
    expect(childEnvironment({ HOME: "/other", TOKEN: "named" }, source)).toEqual({
      HOME: "/other",
      PATH: "/bin",
      LC_ALL: "C",
      XDG_CACHE_HOME: "/c",
      TMPDIR: "/t",
      TOKEN: "named",
    });
  });
});

describe("a signal to a group", () => {
  test("that is gone does nothing", () => {
    expect(() => signalGroup(2 ** 30, "SIGKILL")).not.toThrow();
  });

  test("is never sent to a number that means every process, or our own group", () => {
    const kill = spyOn(process, "kill").mockReturnValue(true);
    try {
      for (const pid of [0, -0, 1, -1, -1234, Number.NaN, Number.POSITIVE_INFINITY, 1.5]) {
        signalGroup(pid, "SIGKILL");
      }
      expect(kill).not.toHaveBeenCalled();
      signalGroup(2 ** 30, "SIGTERM");
      expect(kill).toHaveBeenCalledWith(-(2 ** 30), "SIGTERM");
    } finally {
      kill.mockRestore();
    }
  });
});
