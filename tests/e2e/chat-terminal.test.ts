/** However a chat ends, the terminal is as it was before, down to the last setting. */
import { describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPty, type Pty } from "../fixtures/terminal/pty.ts";
import { CTRL_C, CTRL_D, PROMPT } from "./chat-dialogue.ts";
import { EXECUTABLE, type Home, homeWithModel } from "./harness.ts";
import { groupMembers, homeWithServers, leaders } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

/** What a shell sees of its terminal before a chat and after it. */
const SCRIPT = `
stty -a >before
sh -c 'echo $$ >pid; exec "$@"' sh "$@"
echo $? >code
stty -a >after
`;

interface Shell {
  pty: Pty;
  /** Sends a signal to the chat itself. */
  signal(name: NodeJS.Signals): void;
  /** The chat's exit code, once the shell has looked at the terminal again. */
  ended(): Promise<number>;
}

/** A chat that a shell has started, at its first prompt. */
async function chatInShell(home: Home, model: string, ...options: string[]): Promise<Shell> {
  const command = ["sh", "-c", SCRIPT, "sh", EXECUTABLE, "-m", `openai/${model}`, ...options];
  const pty = openPty(command, { cwd: home.work, env: { TERM: "xterm-256color", ...home.env } });
  onTestFinished(() => pty.close());
  const read = (name: string) => readFileSync(join(home.work, name), "utf8");
  await pty.until(PROMPT);
  return {
    pty,
    signal: (name) => process.kill(Number(read("pid")), name),
    async ended() {
      // Bracketed paste is switched off.
      await pty.until("\x1b[?2004l");
      await pty.exited;
      expect(existsSync(join(home.work, "after"))).toBe(true);
      expect(read("after")).toBe(read("before"));
      return Number(read("code"));
    },
  };
}

describe("the terminal is as it was", () => {
  test.each([
    ["/exit", "/exit\r"],
    ["Ctrl-D", CTRL_D],
  ])("after %s", async (_what, keys) => {
    const { home } = homeWithModel();
    const shell = await chatInShell(home, "hello");
    shell.pty.type(keys);
    expect(await shell.ended()).toBe(0);
  });

  test("after Ctrl-C twice", async () => {
    const { home } = homeWithModel();
    const shell = await chatInShell(home, "hello");
    shell.pty.type(CTRL_C);
    await shell.pty.until("press Ctrl-C again");
    shell.pty.type(CTRL_C);
    expect(await shell.ended()).toBe(0);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("after %s at the prompt, with 143", async (name) => {
    const { home } = homeWithServers({ stubborn: { mode: "stubborn" } });
    const shell = await chatInShell(home, "hello");
    await eventually("its server runs", () => leaders(home).length === 1);
    shell.signal(name);
    expect(await shell.ended()).toBe(143);
    await eventually(
      "no server is left",
      async () => (await groupMembers(leaders(home))).length === 0,
      2_000,
    );
  });

  test("after SIGTERM in the middle of an answer, which is kept", async () => {
    const { home } = homeWithModel();
    const shell = await chatInShell(home, "stall");
    shell.pty.type("go\r");
    await shell.pty.until("This answer stalls");
    shell.signal("SIGTERM");
    expect(await shell.ended()).toBe(143);
    expect((await home.run(["sessions", "show"])).stdout).toContain("This answer stalls");
  });

  test("after SIGTERM while a question is open", async () => {
    const { home } = homeWithServers({ good: { mode: "good" } });
    const shell = await chatInShell(home, "tool-echo", "--require", "good");
    shell.pty.type("go\r");
    await shell.pty.until("[n]o? ");
    shell.signal("SIGTERM");
    expect(await shell.ended()).toBe(143);
  });

  test("after a SIGINT that comes as a signal, twice", async () => {
    const { home } = homeWithModel();
    const shell = await chatInShell(home, "hello");
    shell.signal("SIGINT");
    await shell.pty.until("press Ctrl-C again");
    shell.signal("SIGINT");
    expect(await shell.ended()).toBe(0);
  });

  test("after an exception that nobody catches, told in one line, and no server is left", async () => {
    const { home } = homeWithServers({ stubborn: { mode: "stubborn" }, grandchild: { mode: "grandchild" } });
    const crashes = fileURLToPath(new URL("../fixtures/crash-on-signal.ts", import.meta.url));
    home.env.BUN_OPTIONS = `--preload=${crashes}`;
    const shell = await chatInShell(home, "hello");
    await eventually("its servers run", async () => (await groupMembers(leaders(home))).length >= 3);
    shell.signal("SIGUSR2");
    await shell.pty.until("mcpchat: crashed on purpose; this is a bug in mcpchat, please report it");
    expect(await shell.ended()).toBe(1);
    expect(shell.pty.output()).not.toMatch(/\n\s+at /);
    await eventually(
      "no server is left",
      async () => (await groupMembers(leaders(home))).length === 0,
      2_000,
    );
  });

  test("after a start that fails", async () => {
    const { home } = homeWithModel();
    const command = ["sh", "-c", SCRIPT, "sh", EXECUTABLE, "-m", "nonsense"];
    const pty = openPty(command, { cwd: home.work, env: { TERM: "xterm-256color", ...home.env } });
    onTestFinished(() => pty.close());
    await pty.exited;
    expect(readFileSync(join(home.work, "after"), "utf8")).toBe(
      readFileSync(join(home.work, "before"), "utf8"),
    );
    expect(readFileSync(join(home.work, "code"), "utf8")).toBe("2\n");
  });
});

test("when the terminal goes away, the chat and its servers go too", async () => {
  const { home } = homeWithServers({ good: { mode: "good" } });
  const shell = await chatInShell(home, "hello", "--require", "good");
  await eventually("its server runs", () => leaders(home).length === 1);
  const pid = Number(readFileSync(join(home.work, "pid"), "utf8"));
  shell.pty.close();
  const gone = async (of: number[]) => (await groupMembers(of)).length === 0;
  await eventually("the chat has ended", () => !isRunning(pid));
  await eventually("its server has ended", () => gone(leaders(home)), 2_000);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
