/** What reaches the provider. */
import { describe, expect, test } from "bun:test";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { expectSilentSuccess } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";

/** The system prompt, wherever the wire has it. */
function systemOf({ wire, body }: RecordedRequest): unknown {
  if (wire === "openai") return body.messages.find(({ role }: { role: string }) => role !== "user")?.content;
  return Array.isArray(body.system)
    ? body.system.map(({ text }: { text: string }) => text).join("")
    : body.system;
}

function maxTokensOf({ body }: RecordedRequest): unknown {
  return body.max_completion_tokens ?? body.max_tokens;
}

describe.each(WIRES)("a request to %s", (wire) => {
  /** Asks once; returns the only request. */
  async function ask(
    args: readonly string[],
    { config = "", files = {} as Record<string, string>, env = {} } = {},
  ) {
    const { home, model } = homeWithModel();
    if (config) home.configure(config);
    for (const [name, text] of Object.entries(files)) home.write(name, text);
    const result = await home.run([...(config.includes("model =") ? [] : ["-m", `${wire}/hello`]), ...args], {
      env,
    });
    expectSilentSuccess(result);
    expect(model.requests).toHaveLength(1);
    const [request] = model.requests;
    if (!request) throw new Error("no request came");
    return request;
  }

  test("that says hello is small, and offers no tools", async () => {
    const request = await ask(["hello"]);
    expect(request.bytes).toBeLessThan(1024);
    expect(request.body).not.toHaveProperty("tools");
    expect(request.body).not.toHaveProperty("tool_choice");
    expect(request.prompt).toBe("hello");
    expect(systemOf(request)).toBeUndefined();
  });

  test("carries the key", async () => {
    expect((await ask(["hello"])).headers.authorization).toBe(`Bearer key-of-${wire}`);
  });

  test.each([
    ["a text", ["-s", "Be brief."], "Be brief."],
    ["a file", ["-s", "@prompt.txt"], "Be very brief.\n"],
    ["a text in the long form", ["--system=Be brief."], "Be brief."],
  ])("has the system prompt of %s", async (_, args, expected) => {
    const request = await ask([...args, "hello"], { files: { "prompt.txt": "Be very brief.\n" } });
    expect(systemOf(request)).toBe(expected);
    expect(request.prompt).toBe("hello");
  });

  test("has the system prompt of the configuration, and the flag above it", async () => {
    const config = '[chat]\nsystem = "Configured."\n';
    expect(systemOf(await ask(["hello"], { config }))).toBe("Configured.");
    expect(systemOf(await ask(["-s", "Given.", "hello"], { config }))).toBe("Given.");
  });

  test("has the limits of the flags", async () => {
    const request = await ask(["--max-tokens", "77", "--temperature", "0.25", "hello"]);
    expect(maxTokensOf(request)).toBe(77);
    expect(request.body.temperature).toBe(0.25);
  });

  test("has no limits that nobody has set", async () => {
    const request = await ask(["hello"]);
    expect(request.body).not.toHaveProperty("temperature");
    // Anthropic wants a number; with the others there need not be one.
    expect(typeof maxTokensOf(request)).toBe(wire === "anthropic" ? "number" : "undefined");
  });

  test.each([
    ["the file", [], {}, "from-file"],
    ["the environment above it", [], { MCPCHAT_MODEL: `${wire}/from-environment` }, "from-environment"],
    [
      "the flag above both",
      ["-m", `${wire}/from-flag`],
      { MCPCHAT_MODEL: `${wire}/from-environment` },
      "from-flag",
    ],
  ])("asks for the model of %s", async (_, args, env, expected) => {
    const config = `model = "${wire}/from-file"\n`;
    expect((await ask([...args, "hello"], { config, env })).model).toBe(expected);
  });

  test("goes to a server of any name, with its key out of the environment", async () => {
    const { home, model } = homeWithModel();
    const url = wire === "openai" ? model.openaiUrl : model.url;
    home.configure(`
      model = "gpu/hello"
      [providers.gpu]
      kind = "${wire}"
      base_url = "${url}"
      api_key = "\${GPU_KEY}"
      headers = { "x-team" = "\${TEAM:-blue}" }
    `);
    expectSilentSuccess(await home.run(["hello"], { env: { GPU_KEY: "secret-of-gpu" } }));
    const [request] = model.requests;
    expect(request?.wire).toBe(wire);
    expect(JSON.stringify(request?.headers)).toContain("secret-of-gpu");
    expect(request?.headers["x-team"]).toBe("blue");
  });
});
