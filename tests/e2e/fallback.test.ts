/** Another model answers while the one that was asked is away; what was shown is never begun anew. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { fails, says, type Turn } from "../fixtures/model-server/script.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import type { Pty } from "../fixtures/terminal/pty.ts";
import { APIS, homeWithApis, providersAt, SECRET } from "./apis.ts";
import { say } from "./chat-dialogue.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { type Home, homeWithModel } from "./harness.ts";
import { storedMessages } from "./stored.ts";

setDefaultTimeout(120_000);

/** Lines of standard error that tell of no retry. */
function told(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "" && !line.includes("; trying again "));
}

/** The three APIs, and `dead`, where nobody listens. */
async function homeWithDead(): Promise<ReturnType<typeof homeWithApis>> {
  const gone = startModelServer([]);
  await gone.stop();
  const { home, model } = homeWithModel();
  home.env.LOOPBACK_KEY = SECRET;
  home.configure(
    `${providersAt(model)}\n[providers.dead]\nkind = "openai"\nbase_url = "${gone.openaiUrl}"\n`,
  );
  return { home, model };
}

const modelsAsked = (requests: readonly RecordedRequest[]) => requests.map(({ model }) => model);

describe.each(APIS)("with %s behind a provider that is dead", (api) => {
  const args = ["-m", "dead/any", "--fallback", `${api}/hello`];

  test("its answer is given, and one line names both", async () => {
    const { home, model } = await homeWithDead();
    const { code, stdout, stderr } = await home.run([...args, "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Hello! How can I help you today?\n" });
    expect(told(stderr)).toEqual([
      expect.stringMatching(
        new RegExp(`^mcpchat: dead/any cannot be reached: .*; ${api}/hello answers instead$`),
      ),
    ]);
    expect(modelsAsked(model.requests)).toEqual(["hello"]);
    expect(storedMessages(home).map(({ role, status }) => `${role} ${status}`)).toEqual([
      "user complete",
      "assistant complete",
    ]);
  });

  test("--json names the one that answered", async () => {
    const { home } = await homeWithDead();
    const { code, stdout } = await home.run([...args, "--json", "question"]);
    expect(code).toBe(0);
    const object = JSON.parse(stdout);
    expect(object).toMatchObject({ provider: api, model: "hello", stop_reason: "end" });
    expect(object).not.toHaveProperty("error");
    expect(object.usage).toMatchObject({ input: 11, output: 7 });
    expect(object.fallbacks).toEqual([
      { from: "dead/any", to: `${api}/hello`, reason: expect.stringContaining("cannot be reached") },
    ]);
  });

  test("-o ndjson has an event of it", async () => {
    const { home } = await homeWithDead();
    const { stdout } = await home.run([...args, "-o", "ndjson", "question"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === "fallback")).toEqual([
      {
        type: "fallback",
        from: "dead/any",
        provider: api,
        model: "hello",
        reason: expect.stringContaining("dead/any cannot be reached"),
      },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "done", provider: api, model: "hello" });
  });

  test("that fails as well, everybody is named", async () => {
    const { home, model } = await homeWithDead();
    const result = await home.run([
      "-m",
      "dead/any",
      "--fallback",
      "dead/other",
      "--fallback",
      `${api}/server`,
      "question",
    ]);
    expect(result.code).toBe(5);
    const last = result.stderr.trimEnd().split("\n").at(-1);
    for (const name of ["dead/any", "dead/other", `${api}/server`]) expect(last).toContain(name);
    expect(result.stdout).toBe("");
    expect(modelsAsked(model.requests)).toEqual(Array(3).fill("server"));
  });

  test("that was configured is asked as well", async () => {
    const { home } = await homeWithDead();
    home.configure(`fallback = ["${api}/hello"]\n${await Bun.file(home.configFile).text()}`);
    const { code, stdout } = await home.run(["-m", "dead/any", "question"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Hello! How can I help you today?\n" });
  });
});

describe.each(APIS)("no other model answers for %s", (api) => {
  const other = api === "openai" ? "anthropic/hello" : "openai/hello";
  const run = async (name: string) => {
    const { home, model } = homeWithApis(undefined, "idle_timeout = 0.5");
    const result = await home.run(["-m", `${api}/${name}`, "--fallback", other, "question"]);
    return { result, asked: modelsAsked(model.requests) };
  };

  test.each([
    ["unauthorized", 4],
    ["bad-request", 4],
    ["unknown", 4],
  ])("that refuses as %s", async (name, code) => {
    const { result, asked } = await run(name);
    expectFailure(result, code);
    expect(asked).toEqual([name]);
  });

  test.each([
    ["cut", "This answer is cut"],
    ["early", "This answer ends early"],
    ["damaged", "This answer is damaged"],
    ["stall", "This answer stalls"],
    ["error-event", "This answer"],
    ["failed-event", "This answer"],
  ])("whose answer broke off as %s: what was shown stands", async (name, text) => {
    const { result, asked } = await run(name);
    expectFailure(result, 5);
    expect(result.stdout.trimEnd()).toBe(text);
    expect(asked).toEqual([name]);
  });

  test("that answers", async () => {
    const { result, asked } = await run("hello");
    expectSilentSuccess(result);
    expect(asked).toEqual(["hello"]);
  });
});

describe.each(APIS)("another model answers for %s", (api) => {
  const other = api === "openai" ? "anthropic/hello" : "openai/hello";

  test.each([
    ["overloaded", 3],
    ["rate-limit-60", 1],
    ["quota", 1],
    ["early-cut", 3],
    ["early-error", 3],
  ])("that gave up as %s before a word was shown", async (name, attempts) => {
    const { home, model } = homeWithApis();
    const result = await home.run(["-m", `${api}/${name}`, "--fallback", other, "question"]);
    expect(result).toMatchObject({ code: 0, stdout: "Hello! How can I help you today?\n" });
    expect(told(result.stderr)).toEqual([expect.stringContaining(`; ${other} answers instead`)]);
    expect(modelsAsked(model.requests)).toEqual([...Array(attempts).fill(name), "hello"]);
  });
});

describe("in a chat", () => {
  /** `openai/shaky` fails until it is mended; every other model repeats what it is asked. */
  function shakyHome() {
    const state = { mended: false };
    const script = ({ model, prompt }: RecordedRequest): Turn => {
      if (model !== "shaky") return says(`stand-in heard ${prompt}`);
      return state.mended ? says(`shaky heard ${prompt}`) : fails("server");
    };
    const { home, model } = homeWithApis(script);
    const shaky = () => model.requests.filter((request) => request.model === "shaky").length;
    return { home, state, shaky };
  }

  async function openShaky(home: Home): Promise<Pty> {
    const pty = home.terminal(["-m", "openai/shaky", "--fallback", "anthropic/steady"]);
    await pty.until("openai/shaky; /help");
    await pty.until("> ");
    return pty;
  }

  test("an open circuit hands over at once, and the break ends with one probe", async () => {
    const { home, state, shaky } = shakyHome();
    const pty = await openShaky(home);
    await say(
      pty,
      "one",
      "openai/shaky failed (500)",
      "anthropic/steady answers instead",
      "stand-in heard one",
    );
    expect(shaky()).toBe(3);
    await say(pty, "two", "anthropic/steady answers instead", "stand-in heard two");
    expect(shaky()).toBe(5);
    await say(pty, "three", "openai/shaky", "anthropic/steady answers instead", "stand-in heard three");
    expect(shaky()).toBe(5);
    state.mended = true;
    await untilProbed(pty, shaky);
    await say(pty, "last", "shaky heard last");
    expect(shaky()).toBe(7);
  });

  /** Asks on until a question goes to the model that was left alone. */
  async function untilProbed(pty: Pty, shaky: () => number): Promise<void> {
    const deadline = performance.now() + 60_000;
    for (let number = 0; shaky() === 5; number++) {
      if (performance.now() > deadline) throw new Error(`never probed: ${pty.output().slice(-500)}`);
      await say(pty, `again ${number}`, `heard again ${number}`);
      await Bun.sleep(500);
    }
    expect(shaky()).toBe(6);
  }
});
