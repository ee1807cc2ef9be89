/** `mcpchat models list` with providers, and models by their aliases. */
import { describe, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { openChat, say } from "./chat-dialogue.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { Home, homeWithModel } from "./harness.ts";

setDefaultTimeout(120_000);

const KEY = "sk-secret-0123456789-wxyz";
const HELLO = "Hello! How can I help you today?\n";
/** Nobody is at the addresses where servers on this machine would be. */
const NOBODY = [
  '[providers.lmstudio]\nbase_url = "http://127.0.0.1:1/v1"',
  '[providers.vllm]\nbase_url = "http://127.0.0.1:1/v1"',
].join("\n");

const GPT = "gpt-5-mini";
const ROUTED = {
  id: "some/model",
  context_length: 163_840,
  pricing: { prompt: "0.00000025", completion: "0.000001" },
  top_provider: { max_completion_tokens: 8192 },
};

/** One server that is every provider, each below a path of its own, and wants the key from those that have one. */
function providers(answers: Record<string, unknown>, onSilence = () => {}): string {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const answer = answers[pathname];
      if (answer === undefined) return Response.json({ detail: "Not Found" }, { status: 404 });
      const isRefused =
        pathname.startsWith("/keyed") && request.headers.get("authorization") !== `Bearer ${KEY}`;
      if (isRefused) return Response.json({ error: { message: `no: ${KEY}` } }, { status: 401 });
      if (answer === "silence") {
        onSilence();
        return new Promise<never>(() => {});
      }
      return Response.json(answer);
    },
  });
  onTestFinished(() => server.stop(true));
  return `http://127.0.0.1:${server.port}`;
}

const ANSWERS = {
  "/keyed/v1/models": { object: "list", data: [{ id: "gpt-zeta" }, { id: GPT }] },
  "/router/v1/models": { data: [ROUTED, { id: "e\u001b[31mvil\u202e\nname" }] },
  "/api/tags": { models: [{ name: "qwen3:8b" }] },
  "/api/show": { model_info: { "general.architecture": "qwen3", "qwen3.context_length": 40_960 } },
};

function homeWith(url: string, env: Record<string, string> = {}): Home {
  const home = new Home({ OLLAMA_HOST: "127.0.0.1:1", ...env });
  home.configure(`[providers.router]\nbase_url = "${url}/router/v1"\n${NOBODY}`);
  return home;
}

describe("models list --provider", () => {
  test("shows what the provider says, and what is known besides", async () => {
    const url = providers(ANSWERS);
    const home = homeWith(url, { OPENAI_BASE_URL: `${url}/keyed/v1`, OPENAI_API_KEY: KEY });
    const result = await home.run(["models", "list", "--provider", "openai"]);
    expectSilentSuccess(result);
    expect(result.stdout.split("\n")).toEqual([
      "openai/gpt-5-mini  context 400,000  $0.25 in, $2.00 out",
      "openai/gpt-zeta    context unknown  price unknown",
      "",
    ]);
  });

  test("as JSON is a list of objects, unknown is null, and the user knows best", async () => {
    const home = homeWith(providers(ANSWERS));
    home.configure(`${await Bun.file(home.configFile).text()}
      [models.settings."router/some/model"]\ninput_price = 7\ncontext_window = 1000\n`);
    const result = await home.run(["models", "list", "--provider", "router", "--json"]);
    expectSilentSuccess(result);
    expect(JSON.parse(result.stdout)).toEqual([
      expect.objectContaining({ provider: "router", context_window: null, input_price: null }),
      {
        model: "router/some/model",
        provider: "router",
        name: "some/model",
        context_window: 1000,
        max_output: 8192,
        input_price: 7,
        output_price: 1,
        loaded: null,
      },
    ]);
  });

  test("is harmless, whatever a provider calls its models", async () => {
    const home = homeWith(providers(ANSWERS));
    const { stdout } = await home.run(["models", "list", "--provider", "router"]);
    expect(stdout).toMatch(
      /^router\/evil name +context unknown +price unknown\nrouter\/some\/model +context 163,840 +\$0\.25 in, \$1\.00 out\n$/,
    );
    expect(stdout).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u);
  });

  test("of Ollama asks about each, and a model on this machine costs nothing", async () => {
    const url = providers(ANSWERS);
    const home = homeWith(url, { OLLAMA_HOST: url });
    const { stdout } = await home.run(["models", "list", "--provider", "ollama"]);
    expect(stdout).toBe("ollama/qwen3:8b  context 40,960  $0 in, $0 out\n");
  });

  test("writes prices with two decimals at least, and says so where there is no model", async () => {
    const pricing = { prompt: "0.00000015", completion: "0.0000006" };
    const url = providers({
      "/router/v1/models": { data: [{ id: "m", pricing }] },
      "/none/v1/models": { data: [] },
    });
    const home = homeWith(url);
    home.configure(
      `${await Bun.file(home.configFile).text()}\n[providers.none]\nbase_url = "${url}/none/v1"\n`,
    );
    const { stdout } = await home.run(["models", "list", "--provider", "router"]);
    expect(stdout).toBe("router/m  context unknown  $0.15 in, $0.60 out\n");
    const empty = await home.run(["models", "list", "--provider", "none"]);
    expect(empty).toMatchObject({ code: 0, stdout: "", stderr: "mcpchat: none has no model\n" });
    expectSilentSuccess(await home.run(["models", "list", "--provider", "none", "--json"]));
  });

  test("of more models than anybody has shows them all, and looks up what is known of some", async () => {
    const data = Array.from({ length: 100_000 }, (_, index) => ({ id: `m${index}` }));
    const home = homeWith(providers({ "/router/v1/models": { data } }));
    const { code, stdout, stderr } = await home.run(["models", "list", "--provider", "router"]);
    expect({ code, lines: stdout.split("\n").length }).toEqual({ code: 0, lines: 100_001 });
    expect(stderr).toBe(
      "mcpchat: router lists 100000 models; what is known of them was looked up for the first 3000 alone\n",
    );
  });

  test("uses a key that is kept", async () => {
    const url = providers(ANSWERS);
    const home = homeWith(url, { OPENAI_BASE_URL: `${url}/keyed/v1` });
    await home.run(["keys", "set", "openai"], { stdin: KEY });
    const { code, stdout } = await home.run(["models", "list", "--provider", "openai"]);
    expect({ code, lines: stdout.split("\n").length }).toEqual({ code: 0, lines: 3 });
  });

  test.each([
    ["a name that nobody knows", "opnai", 2, "unknown provider opnai; did you mean openai?"],
    ["a provider without a key", "groq", 3, "no key for groq; set GROQ_API_KEY in the environment"],
    ["a refused key", "openai", 4, "openai refused the key (401): no: [key]; set OPENAI_API_KEY, api_key"],
    ["nobody there", "vllm", 5, "vllm cannot be reached: connection refused"],
    ["another server", "anthropic", 4, "anthropic was not found (404): Not Found; check base_url"],
  ])("for %s is one line", async (_, provider, code, line) => {
    const url = providers(ANSWERS);
    const home = homeWith(url, {
      OPENAI_BASE_URL: `${url}/keyed/v1`,
      OPENAI_API_KEY: "sk-another-0123456789-key",
      ANTHROPIC_BASE_URL: `${url}/nowhere`,
      ANTHROPIC_API_KEY: "k",
    });
    const result = await home.run(["models", "list", "--provider", provider, "--json"]);
    expect(expectFailure(result, code)).toContain(line);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: expect.any(String) } });
    expect(result.stdout + result.stderr).not.toContain("secret");
  });

  test("is ended by Ctrl-C while the provider is silent", async () => {
    const asked = Promise.withResolvers<void>();
    const url = providers({ "/router/v1/models": "silence" }, asked.resolve);
    const terminal = homeWith(url).terminal(["models", "list", "--provider", "router"]);
    await asked.promise;
    terminal.kill("SIGINT");
    expect(await terminal.exited).toBe(130);
  });
});

describe("models list", () => {
  test("shows local models, and those of every provider that can be used", async () => {
    const url = providers(ANSWERS);
    const home = homeWith(url, { OPENAI_BASE_URL: `${url}/keyed/v1`, OPENAI_API_KEY: KEY, OLLAMA_HOST: url });
    home.configure(`[providers.router]\nbase_url = "${url}/router/v1"`);
    const result = await home.run(["models", "list", "--json"]);
    expectSilentSuccess(result);
    const { models, offered } = JSON.parse(result.stdout);
    expect(models).toEqual([]);
    expect(offered.map(({ model }: { model: string }) => model)).toEqual([
      "openai/gpt-5-mini",
      "openai/gpt-zeta",
      "ollama/qwen3:8b",
      expect.stringMatching(/^router\/e/),
      "router/some/model",
    ]);
  });

  test("tells of one that fails, and shows the others", async () => {
    const url = providers(ANSWERS);
    const home = homeWith(url, { OPENAI_BASE_URL: `${url}/keyed/v1`, OPENAI_API_KEY: "wrong" });
    const { code, stdout, stderr } = await home.run(["models", "list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("router/some/model");
    const lines = stderr.trimEnd().split("\n").sort();
    expect(lines).toEqual([
      expect.stringContaining("mcpchat: lmstudio cannot be reached"),
      expect.stringContaining("mcpchat: openai refused the key (401)"),
      expect.stringContaining("mcpchat: vllm cannot be reached"),
    ]);
  });
});

describe("an alias", () => {
  const ALIASES = '[models.aliases]\nfast = "openai/hello"\nother = "anthropic/hello"\n';

  test("is a model for -m, for a variable and in the file", async () => {
    const { home, model } = homeWithModel();
    home.configure(ALIASES);
    const runs = [
      await home.run(["-m", "fast", "x"]),
      await home.run(["x"], { env: { MCPCHAT_MODEL: "fast" } }),
    ];
    home.configure(`model = "fast"\n${ALIASES}`);
    runs.push(await home.run(["x"]));
    for (const run of runs) {
      expectSilentSuccess(run);
      expect(run.stdout).toBe(HELLO);
    }
    expect(model.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => "Bearer key-of-openai"),
    );
    const { stdout } = await home.run(["--json", "x"]);
    expect(JSON.parse(stdout)).toMatchObject({ provider: "openai", model: "hello" });
  });

  test("can be a fallback", async () => {
    const { home } = homeWithModel();
    home.configure(`${ALIASES}\n[providers.gone]\nbase_url = "http://127.0.0.1:1/v1"`);
    const { code, stdout } = await home.run(["-m", "gone/x", "--fallback", "other", "x"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: HELLO });
  });

  test.each([
    [
      ["-m", "fats", "x"],
      {},
      2,
      "--model fats: should be PROVIDER/MODEL or the path of a .gguf file; did you mean fast?",
    ],
    [["--fallback", "othr", "x"], {}, 2, "--fallback othr: should be PROVIDER/MODEL"],
    [["x"], { MCPCHAT_MODEL: "fsat" }, 3, "environment: MCPCHAT_MODEL: should be PROVIDER/MODEL"],
  ])("that is misspelt is told: %j", async (args, env, code, line) => {
    const { home, model } = homeWithModel();
    home.configure(ALIASES);
    expect(expectFailure(await home.run(args, { env }), code)).toContain(line);
    expect(model.requests).toEqual([]);
  });

  test("that leads nowhere is told by config validate, with its key", async () => {
    const { home } = homeWithModel();
    home.configure('[models.aliases]\nfast = "quick"\nquick = "fast"\n');
    for (const words of [[], [home.configFile]]) {
      const complaint = expectFailure(await home.run(["config", "validate", ...words]), 3);
      expect(complaint).toContain(
        "config.toml: models.aliases.fast: leads in a circle: fast -> quick -> fast",
      );
    }
  });

  test("is a model for a chat's /model", async () => {
    const { home } = homeWithModel();
    home.configure(ALIASES);
    const pty = await openChat(home, "hello");
    await say(pty, "/model other", "anthropic/hello");
    await say(pty, "/model othr", "did you mean other?");
    pty.type("\x04");
    expect(await pty.exited).toBe(0);
  });
});
