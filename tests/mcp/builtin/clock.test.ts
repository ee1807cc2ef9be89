import { describe, expect, test } from "bun:test";
import { runClock } from "../../../src/mcp/builtin/clock.ts";
import { answerTo } from "../../../src/mcp/builtin/clock-answers.ts";
import { clockText } from "../../../src/mcp/builtin/clock-text.ts";
import { selfCommand } from "../../../src/process/self.ts";
import { startMcp } from "../harness.ts";
import { serverConfig } from "../servers.ts";

const NOON = new Date("2026-11-23T12:00:05Z");

function request(method: string, params?: object, id: unknown = 1) {
  return { jsonrpc: "2.0", id, method, ...(params && { params }) };
}

/** What the clock writes when it is given these pieces. */
async function served(...pieces: string[]) {
  const lines: string[] = [];
  const input = (async function* () {
    for (const piece of pieces) yield new TextEncoder().encode(piece);
  })();
  const code = await runClock({ input, write: (line) => lines.push(line), now: () => NOON });
  return { code, answers: lines.map((line) => JSON.parse(line)) };
}

describe("the clock as a process", () => {
  test("is a server that mcpchat's client can use, under the name that the demo model calls", async () => {
    const [command, ...args] = selfCommand("__clock");
    await using branch = await startMcp([serverConfig("clock", args, { command })]);
    await branch.ready("clock");
    expect(branch.names()).toEqual(["clock__now"]);
    const before = Date.now();
    const outcome = await branch.call("clock__now");
    expect(outcome).toMatchObject({ isError: false });
    const told = /^\w+day, (\d+ \w+ \d+), (\d\d:\d\d:\d\d) \(.+, UTC(.*)\)$/.exec(outcome.content);
    const time = Date.parse(`${told?.[1]} ${told?.[2]} GMT${told?.[3] ?? ""}`);
    expect(time).toBeGreaterThan(before - 2000);
    expect(time).toBeLessThan(Date.now() + 2000);
  });

  test("says what it was called wrongly with, and goes on", async () => {
    const [command, ...args] = selfCommand("__clock");
    await using branch = await startMcp([serverConfig("clock", args, { command })]);
    await branch.ready("clock");
    expect(await branch.call("clock__now", { zone: "Mars" })).toMatchObject({ isError: true });
    expect(await branch.call("clock__now")).toMatchObject({ isError: false });
  });

  test("ends with its input", async () => {
    const child = Bun.spawn(selfCommand("__clock"), { stdin: "pipe", stdout: "pipe" });
    await child.stdin.write(`${JSON.stringify(request("ping"))}\n`);
    await child.stdin.end();
    expect(await child.exited).toBe(0);
    expect(await child.stdout.text()).toBe('{"jsonrpc":"2.0","id":1,"result":{}}\n');
  });
});

describe("the clock's lines", () => {
  test("may come in pieces, several at once, with blanks between, and without an end", async () => {
    const ping = (id: unknown) => JSON.stringify(request("ping", undefined, id));
    const text = `${ping(1)}\n\n  \n${ping("é")}\r\n${ping(3)}`;
    for (const size of [1, 7, text.length]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      const { answers } = await served(...pieces);
      expect(answers.map((answer) => answer.id)).toEqual([1, "é", 3]);
    }
  });

  test("that are not JSON are told so, and do not end it", async () => {
    const { code, answers } = await served("nonsense\n", `${JSON.stringify(request("ping"))}\n`);
    expect(answers).toMatchObject([
      { id: null, error: { code: -32_700 } },
      { id: 1, result: {} },
    ]);
    expect(code).toBe(0);
  });

  test("that never end are given up", async () => {
    expect((await served("x".repeat(2_000_000), `\n${JSON.stringify(request("ping"))}\n`)).code).toBe(1);
  });
});

describe("the clock's answers", () => {
  test.each(["2025-11-25", "2025-06-18", "2024-11-05"])(
    "speak version %s when asked to",
    (protocolVersion) => {
      const answer = answerTo(request("initialize", { protocolVersion, capabilities: {} }), NOON);
      expect(answer).toMatchObject({
        id: 1,
        result: { protocolVersion, serverInfo: { name: "mcpchat-clock" } },
      });
    },
  );

  test("offer the newest version that they know for one that they do not", () => {
    const answer = answerTo(request("initialize", { protocolVersion: "2099-01-01" }), NOON);
    expect(answer).toMatchObject({ result: { protocolVersion: "2025-11-25" } });
  });

  test.each([
    ["an array", [request("ping")], -32_600],
    ["another protocol", { id: 1, method: "ping" }, -32_600],
    ["no method", { jsonrpc: "2.0", id: 1 }, -32_600],
    ["an identifier that is none", request("ping", undefined, {}), -32_600],
    ["parameters in a list", request("ping", []), -32_602],
    ["an unknown method", request("tools/guess"), -32_601],
    ["no version", request("initialize", {}), -32_602],
    ["an unknown tool", request("tools/call", { name: "then" }), -32_602],
    ["arguments", request("tools/call", { name: "now", arguments: { zone: "Mars" } }), -32_602],
    ["arguments in a list", request("tools/call", { name: "now", arguments: [] }), -32_602],
  ])("refuse %s", (_, message, code) => {
    expect(answerTo(message, NOON)).toMatchObject({ error: { code } });
  });

  test.each([
    ["notifications", { jsonrpc: "2.0", method: "notifications/initialized" }],
    ["answers", { jsonrpc: "2.0", id: 4, result: {} }],
  ])("are not given to %s", (_, message) => {
    expect(answerTo(message, NOON)).toBeUndefined();
  });
});

test.each([
  ["UTC", "Monday, 23 November 2026, 12:00:05 (UTC, UTC+00:00)"],
  ["Europe/Berlin", "Monday, 23 November 2026, 13:00:05 (Europe/Berlin, UTC+01:00)"],
  ["America/New_York", "Monday, 23 November 2026, 07:00:05 (America/New_York, UTC-05:00)"],
])("the time in %s is told in English, with 24 hours and the zone", (zone, text) => {
  expect(clockText(NOON, zone)).toBe(text);
});
