/** Our client against servers of the SDK's first line over a network: streamable HTTP, and the older HTTP with events. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { startMcp } from "./harness.ts";
import { remoteConfig } from "./remote/servers.ts";
import { eventually } from "./servers.ts";

setDefaultTimeout(60_000);

const program = fileURLToPath(new URL("../fixtures/mcp-servers/first-line-remote.mjs", import.meta.url));

type Mode = "http" | "stateless" | "sse";

/** The server in a process of its own, and our client of it, known as `old`. */
async function start(mode: Mode) {
  const server = Bun.spawn(["node", program, mode], { stdout: "pipe", stderr: "inherit" });
  const end = async () => {
    server.kill();
    await server.exited;
  };
  try {
    const { value } = await server.stdout.getReader().read();
    const url = new TextDecoder().decode(value).trim();
    const mcp = await startMcp([remoteConfig("old", url, { transport: mode === "sse" ? "sse" : "http" })]);
    const close = async () => {
      await mcp[Symbol.asyncDispose]();
      await end();
    };
    await mcp.ready("old").catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return { mcp, [Symbol.asyncDispose]: close };
  } catch (error) {
    await end();
    throw error;
  }
}

describe.each<Mode>(["http", "stateless", "sse"])("a server of the SDK's first line over %s", (mode) => {
  test("lists its tools, answers, and its errors are errors of the tool", async () => {
    await using started = await start(mode);
    const { mcp } = started;
    expect(mcp.status("old")).toMatchObject({ state: "ready", protocol: "2025-11-25" });
    const greet = mcp.host.tools().find(({ name }) => name === "greet");
    expect(greet).toMatchObject({ description: "Greets", annotations: { readOnlyHint: true } });
    expect(await mcp.call("old__greet", { name: "Ada" })).toMatchObject({ content: "Hello, Ada" });
    expect(await mcp.call("old__measure")).toMatchObject({ structured: { celsius: 21 }, isError: false });
    expect(await mcp.call("old__fail")).toMatchObject({
      isError: true,
      content: expect.stringContaining("on purpose"),
    });
  });

  test("reports its progress in the middle of a call", async () => {
    await using started = await start(mode);
    const { host } = started.mcp;
    const count = host.tools().find(({ name }) => name === "count");
    if (!count) throw new Error("no tool that counts");
    const seen: unknown[] = [];
    const signal = new AbortController().signal;
    const options = { signal, timeoutMs: 30_000, onProgress: (progress: unknown) => seen.push(progress) };
    expect(await host.call(count, {}, options)).toMatchObject({ content: "counted" });
    expect(seen).toEqual([1, 2, 3].map((step) => ({ progress: step, total: 3, message: `step ${step}` })));
  });
});

describe.each<Mode>(["http", "sse"])("a server with sessions over %s", (mode) => {
  test("tells of a new tool, which joins the list and can be called", async () => {
    await using started = await start(mode);
    const { mcp } = started;
    await mcp.call("old__learn");
    await eventually("the new tool", () => mcp.names().includes("old__learned"));
    expect(await mcp.call("old__learned")).toMatchObject({ content: "I was added" });
  });

  test("is told when nobody waits for a call any more", async () => {
    await using started = await start(mode);
    const { host } = started.mcp;
    const wait = host.tools().find(({ name }) => name === "wait");
    if (!wait) throw new Error("no tool that waits");
    const outcome = await host.call(wait, {}, { signal: new AbortController().signal, timeoutMs: 300 });
    expect(outcome).toMatchObject({
      isError: true,
      content: expect.stringContaining("did not answer within"),
    });
    await eventually("the cancelled call", async () => {
      return (await started.mcp.call("old__cancelled")).content === "1";
    });
  });
});
