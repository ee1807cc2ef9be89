import { describe, expect, test } from "bun:test";
import type { Dialogue, OwnModels } from "../../src/chat/dialogue.ts";
import type { ProgressLine } from "../../src/chat/report/progress.ts";
import { runSlash, SLASH_COMMANDS, splitFirst } from "../../src/chat/slash.ts";
import type { Message } from "../../src/lib/conversation.ts";
import { UsageError } from "../../src/lib/errors.ts";
import type { McpHost, ServerStatus } from "../../src/mcp/client/port.ts";
import type { LoadedModel } from "../../src/models/port.ts";
import { ModelError } from "../../src/models/problem.ts";
import { scriptedHost, tool } from "./scripted.ts";

const READY: ServerStatus = {
  name: "files",
  state: "ready",
  ms: 5,
  pid: 42,
  tools: 2,
  cached: false,
  trusted: true,
  transport: "stdio",
};

const LOADED: LoadedModel = {
  path: "/models/qwen3-0.6b.gguf",
  contextSize: 4096,
  threads: 2,
  batchSize: 512,
  acceleratedLayers: 0,
  layers: 28,
  memoryBytes: 640_000_000,
  loadMs: 1234,
};

/** One model that can be loaded. */
function scriptedModels(): OwnModels {
  let loaded: LoadedModel[] = [];
  return {
    load: async (name, onProgress, signal) => {
      signal.throwIfAborted();
      onProgress(0.5);
      if (name === "nowhere") throw new ModelError({ code: "missing", message: "there is no model nowhere" });
      loaded = [LOADED];
      return LOADED;
    },
    unload: async (name) => {
      const gone = name === undefined || name === "qwen3-0.6b" ? loaded : [];
      loaded = loaded.filter((model) => !gone.includes(model));
      return gone.map(({ path }) => path);
    },
    loaded: async () => loaded,
    acceleration: async () => ({
      inUse: "none",
      built: ["vulkan"],
      reason: "there is no device\u001b[2J",
      devices: [],
      threads: 2,
      memory: { totalBytes: 8e9, freeBytes: 3e9 },
    }),
  };
}

/** A dialogue that keeps what was asked of it. */
function scripted(host?: McpHost) {
  const done: string[] = [];
  const messages: Message[] = [];
  let system: string | undefined;
  let model = "loop/one";
  const dialogue: Dialogue = {
    turn: () => Promise.reject(new Error("no command asks the model")),
    tree: () => "mcpchat  running\n",
    model: {
      name: () => model,
      use: async (name) => {
        model = name;
      },
    },
    conversation: {
      begin: async (name) => void done.push(`begin ${name}`),
      messages: async () => messages,
      system: async () => system,
      setSystem: async (text) => {
        system = text;
      },
      lacks: async () => (messages.at(-1)?.role === "user" ? "answer" : undefined),
      cost: async () => ["a table of costs"],
      context: async () => ["a table of sizes"],
    },
    ownModels: scriptedModels(),
    servers: host,
    expand: async () => undefined,
  };
  const shown: string[] = [];
  const progress: ProgressLine = {
    live: true,
    show: (text, fraction) => void shown.push(`${text} ${fraction}`),
    clear: () => void shown.push("clear"),
  };
  const run = async (line: string, signal = new AbortController().signal) => {
    const printed: string[] = [];
    shown.length = 0;
    const print = (text: string) => void printed.push(text);
    const outcome = await runSlash(line, { dialogue, print, progress, signal });
    return { outcome, printed, shown };
  };
  return { run, done, messages, shown, dialogue };
}

describe("slash commands", () => {
  test("/help names every one of them", async () => {
    const { printed } = await scripted().run("/help");
    for (const { usage } of SLASH_COMMANDS.values()) expect(printed.join("\n")).toContain(usage);
  });

  test("/exit leaves, nothing else does", async () => {
    const { run } = scripted();
    expect((await run("/exit")).outcome).toBe("exit");
    expect((await run("/help")).outcome).toBeUndefined();
  });

  test.each([
    ["/exti", "unknown command /exti", "did you mean /exit?"],
    ["/frobnicate now", "unknown command /frobnicate", "see /help"],
    ["/", "unknown command /", "see /help"],
    ["/constructor", "unknown command /constructor", "see /help"],
  ])("%s is refused", async (line, message, advice) => {
    await expect(scripted().run(line)).rejects.toMatchObject({ message, advice });
  });

  test("/new begins a conversation, with a name or without", async () => {
    const { run, done } = scripted();
    await run("/new");
    await run("/new work");
    expect(done).toEqual(["begin undefined", "begin work"]);
  });

  test("/model shows the model, and changes it", async () => {
    const { run } = scripted();
    expect((await run("/model")).printed).toEqual(["loop/one"]);
    expect((await run("/model loop/two")).printed).toEqual(["loop/two"]);
    expect((await run("/model")).printed).toEqual(["loop/two"]);
  });

  test("/system shows the prompt, and sets it to everything that follows", async () => {
    const { run } = scripted();
    expect((await run("/system")).printed).toEqual(["There is no system prompt."]);
    expect((await run("/system Be brief,\nplease.\u001b[2J")).printed).toEqual(["Be brief,\nplease."]);
  });

  test("/history shows who said what, on harmless lines", async () => {
    const { run, messages } = scripted();
    expect((await run("/history")).printed).toEqual(["Nothing was said yet."]);
    messages.push(
      { role: "user", blocks: [{ type: "text", text: "hi" }] },
      {
        role: "assistant",
        blocks: [
          { type: "thinking", text: "hm" },
          { type: "text", text: "red\u001b[31m" },
          { type: "tool_call", id: "1", name: "files__read", arguments: { path: "a\u0007" } },
        ],
      },
      { role: "user", blocks: [{ type: "tool_result", callId: "1", content: "gone\nfar", isError: true }] },
    );
    expect((await run("/history")).printed).toEqual([
      "> hi",
      "[thinking] hm",
      "red",
      '[calls files__read {"path":"a\\u0007"}]',
      "> [error] gone far",
    ]);
  });
});

describe("local models", () => {
  const LINE = "qwen3-0.6b.gguf: context of 4096 tokens, 2 threads, 0 of 28 layers accelerated, 640 MB";

  test("are loaded with their progress shown, listed and unloaded", async () => {
    const { run } = scripted();
    expect((await run("/models")).printed).toEqual(["No local model is loaded."]);
    const { printed, shown } = await run("/loadmodel qwen3-0.6b");
    expect(printed).toEqual([`${LINE}, loaded in 1.2 s`]);
    expect(shown).toEqual(["loading qwen3-0.6b 0.5", "clear", "clear"]);
    expect((await run("/models")).printed).toEqual([LINE]);
    expect((await run("/unloadmodel other")).printed).toEqual(["That model is not loaded."]);
    expect((await run("/unloadmodel")).printed).toEqual(["qwen3-0.6b.gguf is unloaded."]);
    expect((await run("/unloadmodel")).printed).toEqual(["No local model is loaded."]);
  });

  test("that cannot be loaded leave no progress behind", async () => {
    const { run, shown } = scripted();
    await expect(run("/loadmodel nowhere")).rejects.toThrow("there is no model nowhere");
    expect(shown).toEqual(["loading nowhere 0.5", "clear"]);
    await expect(run("/loadmodel")).rejects.toBeInstanceOf(UsageError);
  });

  test("stop loading with Ctrl-C", async () => {
    const { run } = scripted();
    await expect(run("/loadmodel qwen3-0.6b", AbortSignal.abort(new Error("Ctrl-C")))).rejects.toThrow(
      "Ctrl-C",
    );
  });

  test("/acceleration says what is in use and why, on harmless lines", async () => {
    expect((await scripted().run("/acceleration")).printed).toEqual([
      "in use: the processor alone (there is no device)",
      "in this executable: vulkan",
      "threads: 2; memory: 3.0 GB free of 8.0 GB",
    ]);
  });

  test("/acceleration says that an executable without accelerators has none", async () => {
    const { run, dialogue } = scripted();
    const about = await dialogue.ownModels.acceleration(AbortSignal.timeout(10_000));
    dialogue.ownModels.acceleration = async () => ({ ...about, built: ["none"] });
    expect((await run("/acceleration")).printed).toContain("in this executable: nothing but the processor");
  });
});

describe("/servers and /tools", () => {
  test("say so when there are none", async () => {
    const { run } = scripted();
    expect((await run("/servers")).printed).toEqual(["No MCP server is configured."]);
    expect((await run("/tools")).printed).toEqual(["There are no tools."]);
    await expect(run("/servers restart files")).rejects.toThrow("no MCP server is configured");
  });

  test("show state, process, tools and the last words, on one harmless line each", async () => {
    const host = scriptedHost([{ ...tool("files", "read"), description: "Reads\na \u001b[2Jfile" }], () =>
      Promise.reject(new Error("not called")),
    );
    const failed = {
      ...READY,
      name: "bad",
      state: "failed",
      tools: 0,
      error: "exit 1: \u001b[31mno",
    } as const;
    const { pid: _, ...unborn } = READY;
    const late = { ...unborn, name: "late", state: "starting", cached: true } as const;
    host.statuses = () => [READY, { ...failed, pid: 7 }, late];
    const { run } = scripted(host);
    expect((await run("/servers")).printed).toEqual([
      "files: ready, pid 42, 2 tools",
      "bad: failed, pid 7, 0 tools; exit 1: no",
      "late: starting, 2 tools (known from last time)",
    ]);
    expect((await run("/tools")).printed).toEqual(["files/read Reads a file"]);
  });

  test("/servers restart restarts one, and refuses everything else", async () => {
    const restarted: string[] = [];
    const host = {
      ...scriptedHost([], () => Promise.reject(new Error("not called"))),
      statuses: () => [READY],
    };
    host.restart = async (name) => void restarted.push(name);
    const { run } = scripted(host);
    expect((await run("/servers restart files")).printed).toEqual(["files: ready, pid 42, 2 tools"]);
    expect(restarted).toEqual(["files"]);
    await expect(run("/servers restart")).rejects.toBeInstanceOf(UsageError);
    await expect(run("/servers stop files")).rejects.toThrow("unknown action stop");
  });
});

test.each([
  ["", ["", ""]],
  ["one", ["one", ""]],
  ["  one   two three ", ["one", "two three"]],
  ["one\ntwo\nthree", ["one", "two\nthree"]],
])("the first word of %j", (line, expected) => {
  expect(splitFirst(line)).toEqual(expected as [string, string]);
});

test("/resume goes on with what broke off, and says so when nothing did", async () => {
  const { run, messages } = scripted();
  await expect(run("/resume")).rejects.toThrow("there is nothing to go on with");
  messages.push({ role: "user", blocks: [{ type: "text", text: "and?" }] });
  expect((await run("/resume")).outcome).toBe("resume");
});

test("/cost and /context show what the dialogue says", async () => {
  const { run } = scripted();
  expect((await run("/cost")).printed).toEqual(["a table of costs"]);
  expect((await run("/context")).printed).toEqual(["a table of sizes"]);
});
