/** Connections to a provider are kept from turn to turn, and one that has ended meanwhile costs nothing. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import { says } from "../fixtures/model-server/script.ts";
import { startModelServer } from "../fixtures/model-server/server.ts";
import type { Pty } from "../fixtures/terminal/pty.ts";
import { APIS, homeWithApis } from "./apis.ts";
import { say } from "./chat-dialogue.ts";
import { expectSilentSuccess } from "./complaint.ts";
import type { Home } from "./harness.ts";
import { homeWithServers } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const sockets = (requests: readonly RecordedRequest[]) => new Set(requests.map(({ peer }) => peer)).size;

/** The end of what was said: a question that was not answered comes again with the next. */
const repeats = ({ prompt }: RecordedRequest) => says(`heard ${/turn-\d+$/.exec(prompt)?.[0]}`);

async function openChat(home: Home, model: string): Promise<Pty> {
  const pty = home.terminal(["-m", model]);
  await pty.until(`${model}; /help`);
  await pty.until("> ");
  return pty;
}

async function ask(pty: Pty, from: number, to: number): Promise<void> {
  for (let turn = from; turn <= to; turn++) await say(pty, `turn-${turn}`, `heard turn-${turn}`);
}

describe.each(APIS)("a chat with %s", (api) => {
  test("has twenty turns over one connection", async () => {
    const { home, model } = homeWithApis(repeats);
    const pty = await openChat(home, `${api}/any`);
    await ask(pty, 1, 20);
    expect(model.requests).toHaveLength(20);
    expect(sockets(model.requests)).toBe(1);
  });

  test("goes on when the server has closed what was idle", async () => {
    const { home, model } = homeWithApis(repeats);
    const pty = await openChat(home, `${api}/any`);
    await ask(pty, 1, 2);
    expect(model.closeIdleConnections()).toBe(1);
    await ask(pty, 3, 4);
    expect(model.requests).toHaveLength(4);
    expect(sockets(model.requests)).toBe(2);
    expect(pty.output()).not.toContain("mcpchat:");
  });

  test("goes on with a server that was started again", async () => {
    const { home, model } = homeWithApis(repeats);
    const pty = await openChat(home, `${api}/any`);
    await ask(pty, 1, 2);
    await model.stop();
    const again = startModelServer(repeats, { port: Number(new URL(model.url).port) });
    try {
      await ask(pty, 3, 4);
      expect(again.requests).toHaveLength(2);
    } finally {
      await again.stop();
    }
  });

  test("keeps its connection over answers that failed", async () => {
    const { home, model } = homeWithApis((request) =>
      request.index === 1 ? { kind: "error", failure: "bad_request" } : repeats(request),
    );
    const pty = await openChat(home, `${api}/any`);
    await ask(pty, 1, 1);
    await say(pty, "turn-2", "refused the request (400)");
    await ask(pty, 3, 4);
    expect(sockets(model.requests)).toBe(1);
  });
});

describe.each(["anthropic", "openai"])("a run with %s", (api) => {
  test("that calls tools makes all its requests over one connection", async () => {
    const { home, model } = homeWithServers({ good: { mode: "good" } });
    const result = await home.run(["-m", `${api}/tool-echo`, "--require", "good", "--yes", "question"]);
    expect(result.code).toBe(0);
    expect(model.requests.length).toBeGreaterThan(1);
    expect(sockets(model.requests)).toBe(1);
  });
});

describe("a proxy of the environment", () => {
  test.each([
    ["HTTP_PROXY", {}],
    ["http_proxy", {}],
    ["ALL_PROXY", {}],
    ["HTTP_PROXY", { NO_PROXY: "example.com" }],
  ])("%s %j is not asked for models on this machine", async (name, more) => {
    const { home, model } = homeWithApis();
    const proxy = startModelServer([]);
    try {
      for (const api of APIS) {
        const env = { [name]: proxy.url, ...more };
        expectSilentSuccess(await home.run(["-m", `${api}/hello`, "question"], { env }));
      }
      expect(model.requests).toHaveLength(APIS.length);
      expect(proxy.requests).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });

  test("is asked for a model elsewhere", async () => {
    const asked: string[] = [];
    const proxy = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        asked.push(request.url);
        return new Response("no way", { status: 502 });
      },
    });
    try {
      const { home } = homeWithApis();
      home.configure('[providers.far]\nkind = "openai"\nbase_url = "http://models.invalid/v1"\n');
      const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
      const result = await home.run(["-m", "far/any", "question"], { env });
      expect(result.code).toBe(5);
      expect(asked).toHaveLength(3);
      expect(new Set(asked)).toEqual(new Set(["http://models.invalid/v1/chat/completions"]));
    } finally {
      await proxy.stop(true);
    }
  });
});
