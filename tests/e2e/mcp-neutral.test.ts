/** A server that hides something in every string: nothing of it reaches a terminal, a pipe or a model as it is. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { calls, says } from "../fixtures/model-server/script.ts";
import { CTRL_D, PROMPT } from "./chat-dialogue.ts";
import { homeWithModel } from "./harness.ts";

setDefaultTimeout(120_000);

const HOSTILE = fileURLToPath(new URL("../fixtures/mcp-servers/hostile.mjs", import.meta.url));

/** Everything that a terminal would obey, reorder by or not show, but newlines. */
const DANGEROUS = /[[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]--\n]/v;

/** Of the server's only: what a chat itself writes is full of sequences. */
const HIDDEN = [
  "\u001b]0",
  "\u0007",
  "\u001b[2J",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ufeff",
  "\u2028",
  "\u3164",
  "\u{e0041}",
  "\u009b",
];

/** A home with the server, and a model that calls these of its tools, all at once. */
function hostileHome(tools: readonly string[] = [], mode = "") {
  const made = homeWithModel(({ toolResults, tools: offered }) => {
    // A name that had to be changed ends in a hash.
    const nameOf = (name: string) => offered.find((one) => one.startsWith(name)) ?? name;
    if (toolResults.length > 0 || tools.length === 0) return says("done");
    const [first, ...others] = tools.map((name) => ({
      id: `call_${name}`,
      name: nameOf(name),
      arguments: {},
    }));
    return first ? calls(first, ...others) : says("done");
  });
  const args = JSON.stringify([HOSTILE, ...(mode === "" ? [] : [mode])]);
  made.home.configure(
    `[supervisor]\nmax_restarts = 1\n[mcp.servers.bad]\ncommand = "node"\nargs = ${args}\nsampling = "allow"\n`,
  );
  return made;
}

const CALLED = ["works", "fails", "errors", "rich", "progress", "talks", "deep"];

describe("on a terminal and in a pipe", () => {
  const commands: [string, code: number][] = [
    ["tools", 0],
    ["tools --json", 0],
    ["tools --cost", 0],
    ["servers test bad", 0],
    ["servers test bad --json", 0],
    ["servers list", 0],
    ["servers trust bad --json", 0],
    ["resources list", 0],
    ["resources list --json", 0],
    ["resources list --templates", 0],
    ["resources read bad evil://plain", 0],
    ["resources read bad evil://plain --json", 0],
    ["resources read bad evil://nothing/like/it/{x}", 2],
    ["prompts list", 0],
    ["prompts list --json", 0],
    ["prompts get bad plain", 0],
    ["prompts get bad plain --json", 0],
    ["prompts get bad unknown", 2],
    ["call bad nothing", 2],
  ];
  test.each(commands)("mcpchat %s", async (words, code) => {
    const run = await hostileHome().home.run(words.split(" "));
    expectHarmless(run);
    expect([run.code, run.stderr]).toEqual([code, expect.any(String)]);
  });

  test.each(CALLED)("a call of %s", async (tool) => {
    const { home } = hostileHome();
    for (const options of [[], ["--json"]]) {
      const run = await home.run(["call", "bad", tool, ...options]);
      expectHarmless(run);
      expect([0, 7]).toContain(run.code);
    }
  });

  test.each([
    ["dying", 6],
    ["refusing", 6],
    ["listless", 6],
  ])("a server that is %s", async (mode, code) => {
    const { home } = hostileHome([], mode);
    for (const args of [
      ["servers", "test", "bad"],
      ["tools", "--server", "bad"],
      ["call", "bad", "works"],
    ]) {
      const run = await home.run(args);
      expectHarmless(run);
      expect(run.code).toBe(code);
    }
  });

  test.each([[["-v"]], [["-v", "--json"]], [["-v", "-o", "ndjson"]]])("a run with %j", async (options) => {
    const { home } = hostileHome([...CALLED, "asks"].map((name) => `bad__${name}`));
    const run = await home.run(["-m", "openai/any", "--yes", ...options, "go"]);
    expectHarmless(run);
    expect(run.code).toBe(0);
  });
});

test("in a chat nothing hidden is on the screen, in the questions neither, nor in its logs", async () => {
  const { home } = hostileHome(["bad__talks", "bad__fails", "bad__asks"]);
  const pty = home.terminal(["chat", "-m", "openai/any", "-v", "--require", "bad"]);
  await pty.until(PROMPT);
  pty.type("go\r");
  // Each question is waited for by its name: it is drawn anew below every line of the log that comes meanwhile.
  for (const name of ["talks", "fails", "asks"]) {
    await pty.until(`wants to call bad/${name}`);
    await pty.until("[n]o? ");
    pty.type("o");
  }
  // The form of the one that asks: its field explained, then no answer.
  await pty.until("explains a field");
  pty.type("?\r");
  await pty.until("About it");
  pty.type(".\r");
  await pty.until("done");
  pty.type(CTRL_D);
  await pty.exited;
  expect(pty.output()).toContain("failure");
  // What the chat itself writes is full of sequences: these are only the server's.
  for (const hidden of HIDDEN) expect(pty.output()).not.toContain(hidden);
  const logs = await home.run(["servers", "logs", "bad"]);
  expectHarmless(logs);
  expect(logs.stdout).toContain("stderr");
});

test("a model that is told of a call that was denied is told nothing hidden", async () => {
  const { home, model } = hostileHome(["bad__named"]);
  const run = await home.run(["-m", "openai/any", "go"]);
  expectHarmless(run);
  const [result = ""] = model.requests[1]?.toolResults ?? [];
  expect(result).toContain("This call was denied: nothing allows it; use --allow 'bad/named\\u{1b}");
  expect(result).not.toMatch(DANGEROUS);
});

test.each(["openai/any", "anthropic/any"])("nothing hidden is in a request to %s", async (model) => {
  const { home, model: server } = hostileHome([...CALLED, "asks"].map((name) => `bad__${name}`));
  const run = await home.run(["-m", model, "--yes", "go"]);
  expect(run.code).toBe(0);
  // The one that asks has the model answer it in between.
  expect(server.requests.length).toBeGreaterThanOrEqual(2);
  const texts = server.requests.flatMap(({ body }) => textsIn(body));
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.filter((text) => DANGEROUS.test(text))).toEqual([]);
  expect(texts.some((text) => text.includes("\\u{200b}"))).toBe(true);
});

function expectHarmless({ stdout, stderr }: { stdout: string; stderr: string }): void {
  expect(stdout).not.toMatch(DANGEROUS);
  expect(stderr).not.toMatch(DANGEROUS);
}

/** Every string in a value, keys included, and in JSON that is a string in it. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...textsIn(member)]);
}
