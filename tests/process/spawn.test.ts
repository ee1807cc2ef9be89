import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { childEnvironment } from "../../src/process/environment.ts";
import { ProcessCrash, SpawnError } from "../../src/process/errors.ts";
import { spawnProcess } from "../../src/process/spawn.ts";
import { firstLine, output, shell } from "./programs.ts";

setDefaultTimeout(60_000);

function failure(act: () => unknown): SpawnError {
  try {
    act();
  } catch (error) {
    if (error instanceof SpawnError) return error;
    throw error;
  }
  throw new Error("it started");
}

const start = (command: string, cwd?: string) => () =>
  spawnProcess({ command, args: [], env: childEnvironment({}), ...(cwd === undefined ? {} : { cwd }) });

describe("starting", () => {
  test("a missing command is permanent and named", () => {
    const error = failure(start("no-such-command-of-ours"));
    expect(error).toMatchObject({ permanent: true, code: "ENOENT" });
    expect(error.message).toBe("command not found: no-such-command-of-ours");
  });

  test("a missing folder is told apart from a missing command", () => {
    const error = failure(start("sh", "/no/such/folder"));
    expect(error).toMatchObject({ permanent: true, message: "no such folder: /no/such/folder" });
  });

  test("a file that is no program is permanent", () => {
    const error = failure(start("/etc/passwd"));
    expect(error).toMatchObject({ permanent: true, message: "not an executable file: /etc/passwd" });
  });

  test("the leader has a session and a group of its own", async () => {
    const running = shell("ps -o pid=,pgid=,sid= -p $$");
    const ids = (await output(running)).trim().split(/\s+/).map(Number);
    expect(ids).toEqual([running.handle.pid, running.handle.pid, running.handle.pid]);
  });

  test("only the named environment goes along", async () => {
    const env = childEnvironment({ NAMED: "yes" }, { PATH: process.env.PATH, SECRET_API_KEY: "no" });
    const text = await output(spawnProcess({ command: "env", args: [], env }));
    expect(text).toContain("NAMED=yes");
    expect(text).not.toContain("SECRET_API_KEY");
  });
});

describe("the end", () => {
  test("an unasked 0 is normal", async () => {
    expect(await shell("exit 0").exited).toEqual({ kind: "normal" });
  });

  test("another code is a crash with the last words", async () => {
    const exit = await shell("echo one >&2; echo two >&2; exit 3").exited;
    expect(exit).toMatchObject({ kind: "crash", error: { exitCode: 3, lastWords: ["one", "two"] } });
    expect(exit.kind === "crash" && exit.error instanceof ProcessCrash).toBe(true);
  });

  test("a signal that is not ours is a crash that names it", async () => {
    const exit = await shell("kill -9 $$").exited;
    expect(exit).toMatchObject({ kind: "crash", error: { signal: "SIGKILL", message: "killed by SIGKILL" } });
  });

  test("what was written just before the end is read", async () => {
    const running = shell("printf 'last words'; exit 1");
    expect(await output(running)).toBe("last words");
  });

  test("all that was written before the end is there for one who reads only after it", async () => {
    const running = shell("head -c 50000 /dev/zero | tr '\\0' 'x'; exit 1");
    expect(await running.exited).toMatchObject({ kind: "crash" });
    expect((await output(running)).length).toBe(50_000);
  });

  test("a flood on stderr neither blocks the process nor fills the memory", async () => {
    const running = shell("head -c 20000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo end >&2");
    expect(await running.exited).toEqual({ kind: "normal" });
    const words = running.handle.lastWords();
    expect(words.at(-1)).toBe("end");
    expect(words.join("").length).toBeLessThan(10_000);
  });

  test("a grandchild outside the group that holds the pipes delays the end by the drain time only", async () => {
    const running = shell("setsid sh -c 'echo $$; exec sleep 60' & read line; exit 0");
    const helper = Number(await firstLine(running));
    await running.handle.write("go\n", 10_000);
    try {
      expect(await running.exited).toEqual({ kind: "normal" });
    } finally {
      process.kill(helper, "SIGKILL");
    }
  });
});

describe("input", () => {
  test("is written and echoed", async () => {
    const running = shell("cat");
    await running.handle.write("a line\n", 10_000);
    expect(await firstLine(running)).toBe("a line");
    running.stop();
    expect(await running.exited).toEqual({ kind: "shutdown" });
  });

  test("a process that does not read makes a write fail in time, and can still be killed", async () => {
    const running = shell("exec sleep 60");
    const write = running.handle.write("x".repeat(2_000_000), 50);
    await expect(write).rejects.toMatchObject({ name: "WriteError", reason: "timeout" });
    running.kill();
    expect(await running.exited).toEqual({ kind: "killed" });
  });

  test("a closed pipe makes a write fail", async () => {
    const running = shell("exec 0<&-; echo ready; exec sleep 60");
    await firstLine(running);
    const write = running.handle.write("hello\n", 10_000);
    await expect(write).rejects.toMatchObject({ name: "WriteError", reason: "closed" });
    running.kill();
    await running.exited;
  });
});
