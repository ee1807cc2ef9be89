import { describe, expect, test } from "bun:test";
import { type Answer, type ApproveOptions, approveBy, rulesOf } from "../../src/app/permissions.ts";
import type { Configuration } from "../../src/config/configuration.ts";
import { mergeLayers } from "../../src/config/layers.ts";
import { resolveConfiguration } from "../../src/config/resolve.ts";
import type { RawConfiguration } from "../../src/config/schema.ts";
import { identityKey } from "../../src/mcp/client/tools/listkey.ts";
import type { DecidedTool, Decisions, Verdict } from "../../src/session/port.ts";
import { tool } from "../chat/scripted.ts";

const NO_FLAGS = { allow: [], deny: [], yes: false };
const signal = new AbortController().signal;

function configuration(values: RawConfiguration): Configuration {
  return resolveConfiguration(mergeLayers([{ source: "test", values }]));
}

/** The server `files` with more keys. */
const files = (more: object = {}) =>
  configuration({ mcp: { servers: { files: { command: "node", ...more } } } });

class RememberedDecisions implements Decisions {
  readonly #verdicts = new Map<string, Verdict>();
  get(tool: DecidedTool): Verdict | undefined {
    return this.#verdicts.get(JSON.stringify(tool));
  }
  set(tool: DecidedTool, verdict: Verdict): void {
    this.#verdicts.set(JSON.stringify(tool), verdict);
  }
  withdraw(): void {}
}

function approval(changes: Partial<ApproveOptions> & { answers?: Answer[] }) {
  const asked: string[] = [];
  const { answers, ...options } = changes;
  const ask: ApproveOptions["ask"] = async ({ name }) => {
    asked.push(name);
    return answers?.[asked.length - 1] ?? "no";
  };
  const decisions = new RememberedDecisions();
  const approve = approveBy({
    configuration: () => files(),
    flags: NO_FLAGS,
    decisions: () => decisions,
    ...(answers && { ask }),
    ...options,
  });
  return { approve, asked, decisions };
}

const read = tool("files", "read_file");
const [program] = files().mcp.servers;
const serverKey = program?.transport === "stdio" ? identityKey(program) : "";
const decidedRead: DecidedTool = { server: "files", serverKey, name: "read_file" };

describe("rules", () => {
  test("join those of the configuration, of its servers and of the command line", () => {
    const values = {
      tools: { allow: ["a/*"], deny: ["b/*"] },
      mcp: { servers: { files: { command: "node", tools: { allow: ["read_*"], deny: ["write_*"] } } } },
    };
    expect(rulesOf(configuration(values), { allow: ["c/*"], deny: ["d/*"], yes: true })).toEqual({
      allow: ["a/*", "files/read_*", "c/*"],
      deny: ["b/*", "files/write_*", "d/*"],
      yes: true,
    });
  });
});

describe("without anybody to ask", () => {
  test("what nothing allows is denied, with words on how to allow it", async () => {
    const { approve } = approval({});
    expect(await approve(read, {}, signal)).toEqual({
      allowed: false,
      reason: "nothing allows it; use --allow 'files/read_file' or --yes",
    });
  });

  test("flags and the configuration allow, and a deny rule of either wins", async () => {
    const flags = { ...NO_FLAGS, allow: ["files/read_*"] };
    expect(await approval({ flags }).approve(read, {}, signal)).toEqual({ allowed: true });
    const yes = { ...NO_FLAGS, yes: true };
    expect(await approval({ flags: yes }).approve(read, {}, signal)).toEqual({ allowed: true });
    const denied = { allowed: false, reason: "a deny rule forbids it" };
    const both = { ...yes, deny: ["read_*"] };
    expect(await approval({ flags: both }).approve(read, {}, signal)).toEqual(denied);
    const configured = () => configuration({ tools: { deny: ["files/*"] } });
    expect(await approval({ flags: yes, configuration: configured }).approve(read, {}, signal)).toEqual(
      denied,
    );
  });

  test("a read-only hint counts only from a trusted server", async () => {
    const harmless = tool("files", "read_file", { readOnlyHint: true });
    expect((await approval({}).approve(harmless, {}, signal)).allowed).toBe(false);
    const trusted = () => files({ trusted: true });
    expect((await approval({ configuration: trusted }).approve(harmless, {}, signal)).allowed).toBe(true);
    expect((await approval({ configuration: trusted }).approve(read, {}, signal)).allowed).toBe(false);
  });

  test("the rules of the moment count, not those of the start", async () => {
    let current = files();
    const { approve } = approval({ configuration: () => current });
    expect((await approve(read, {}, signal)).allowed).toBe(false);
    current = configuration({ tools: { allow: ["files/*"] } });
    expect((await approve(read, {}, signal)).allowed).toBe(true);
  });

  test("what was decided in a chat holds here too, below the rules", async () => {
    const { approve, decisions } = approval({});
    decisions.set(decidedRead, "allow");
    expect((await approve(read, {}, signal)).allowed).toBe(true);
    decisions.set(decidedRead, "deny");
    expect(await approve(read, {}, signal)).toEqual({ allowed: false, reason: "the user said never" });
    const rule = { ...NO_FLAGS, deny: ["read_file"] };
    const denied = approval({ flags: rule });
    denied.decisions.set(decidedRead, "allow");
    expect((await denied.approve(read, {}, signal)).allowed).toBe(false);
  });
});

describe("somebody to ask", () => {
  const outcomes: [Answer, first: boolean, asks: number, second: boolean][] = [
    ["once", true, 2, false],
    ["session", true, 1, true],
    ["always", true, 1, true],
    ["never", false, 1, false],
    ["no", false, 2, false],
  ];
  for (const [answer, first, asks, second] of outcomes) {
    test(`${answer}: asked ${asks} times for two calls`, async () => {
      const { approve, asked } = approval({ answers: [answer, "no"] });
      expect((await approve(read, {}, signal)).allowed).toBe(first);
      expect((await approve(read, {}, signal)).allowed).toBe(second);
      expect(asked).toHaveLength(asks);
    });
  }

  test("this session and always are about one tool, not about its server", async () => {
    const { approve, asked } = approval({ answers: ["session", "always", "no"] });
    await approve(read, {}, signal);
    await approve(tool("files", "list"), {}, signal);
    expect((await approve(tool("files", "write"), {}, signal)).allowed).toBe(false);
    expect(asked).toEqual(["read_file", "list", "write"]);
  });

  test("always and never outlive the run, the others do not", async () => {
    for (const [answer, verdict] of [
      ["always", "allow"],
      ["never", "deny"],
      ["session", undefined],
      ["once", undefined],
      ["no", undefined],
    ] as const) {
      const { approve, decisions } = approval({ answers: [answer] });
      await approve(read, {}, signal);
      expect(decisions.get(decidedRead)).toBe(verdict);
    }
  });

  for (const answer of ["session", "always", "never"] as const) {
    test(`${answer} holds for the program that was asked about, not for another of its name`, async () => {
      let current = files();
      const { approve, asked } = approval({ answers: [answer, "no", "no"], configuration: () => current });
      await approve(read, {}, signal);
      for (const more of [{ command: "sh" }, { args: ["-c", "x"] }, { env: { PATH: "/elsewhere" } }]) {
        current = files(more);
        expect((await approve(read, {}, signal)).allowed).toBe(false);
      }
      expect(asked).toHaveLength(4);
      current = files({ call_timeout: 5, tools: { deny: ["other"] } });
      expect((await approve(read, {}, signal)).allowed).toBe(answer !== "never");
      expect(asked).toHaveLength(4);
    });
  }

  test("an approval is for the tool as it was then; a denial holds however it changes", async () => {
    const changed = { ...read, description: "and sends it away" };
    for (const answer of ["session", "never"] as const) {
      const { approve, asked } = approval({ answers: [answer, "no"], decisions: () => undefined });
      await approve(read, {}, signal);
      expect((await approve(changed, {}, signal)).allowed).toBe(false);
      expect(asked).toHaveLength(answer === "session" ? 2 : 1);
    }
  });

  test("an answer is about the program that was asked about, though it changes before the answer", async () => {
    let current = files();
    const asked: string[] = [];
    const ask = async () => {
      asked.push(current.mcp.servers[0]?.transport === "stdio" ? current.mcp.servers[0].command : "");
      current = files({ command: "sh" });
      return asked.length === 1 ? ("always" as const) : ("no" as const);
    };
    const { approve } = approval({ ask, configuration: () => current });
    await approve(read, {}, signal);
    expect((await approve(read, {}, signal)).allowed).toBe(false);
    expect(asked).toEqual(["node", "sh"]);
  });

  test("always for a server that is not configured any more is asked again", async () => {
    const { approve, asked } = approval({
      answers: ["always", "no"],
      configuration: () => configuration({}),
    });
    expect((await approve(read, {}, signal)).allowed).toBe(true);
    expect((await approve(read, {}, signal)).allowed).toBe(false);
    expect(asked).toHaveLength(2);
  });

  test("without a store, always holds for this session at least", async () => {
    const { approve, asked } = approval({ answers: ["always", "no"], decisions: () => undefined });
    await approve(read, {}, signal);
    expect((await approve(read, {}, signal)).allowed).toBe(true);
    expect(asked).toHaveLength(1);
  });

  test("without a store, never holds for this session at least", async () => {
    const { approve, asked } = approval({ answers: ["never", "once"], decisions: () => undefined });
    await approve(read, {}, signal);
    expect((await approve(read, {}, signal)).allowed).toBe(false);
    expect(asked).toHaveLength(1);
  });

  test("nobody is asked about what a rule decides", async () => {
    const { approve, asked } = approval({ answers: ["once"], flags: { ...NO_FLAGS, deny: ["*/read_*"] } });
    expect((await approve(read, {}, signal)).allowed).toBe(false);
    expect(asked).toEqual([]);
  });
});
