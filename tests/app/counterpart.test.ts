/** What servers tell, ask without anybody there, and are told of: by a server that does what it is told to. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import { serverLogFiles, serverLogFolder } from "../../src/app/server-logs.ts";
import { openServers } from "../../src/app/servers.ts";
import type { JsonObject } from "../../src/lib/conversation.ts";
import { says } from "../fixtures/model-server/script.ts";
import { askingServer } from "./asking-server.ts";
import { startRig, until } from "./rig.ts";

setDefaultTimeout(60_000);

type Rig = Awaited<ReturnType<typeof startRig>>;

async function call(rig: Rig, name: string, args: JsonObject = {}) {
  const host = await openServers(rig.app, { only: [] });
  if (!host) throw new Error("no server is configured");
  await host.ready("asking", 30_000, rig.app.signal);
  const tool = host.tools().find((candidate) => candidate.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const { content } = await host.call(tool, args, { signal: rig.app.signal, timeoutMs: 30_000 });
  return JSON.parse(content);
}

describe("without anybody to ask", () => {
  const FORM = {
    message: "who?",
    requestedSchema: {
      type: "object",
      properties: { name: { type: "string", title: "Your\u001b[2J name" } },
    },
  };
  const URL_QUESTION = { mode: "url", message: "log in", url: "https://example.com/x", elicitationId: "1" };

  test.each([
    ["a form", FORM, "Your name"],
    ["a visit", URL_QUESTION, "a visit to https://example.com/x"],
  ])("%s is declined, with one line", async (_what, params, named) => {
    await using rig = await startRig({ toml: askingServer() });
    expect(await call(rig, "ask", { method: "elicitation/create", params })).toEqual({ action: "decline" });
    expect(rig.notices).toEqual([
      `warn: server asking asked for ${named} and was declined: there is nobody to ask`,
    ]);
  });
});

describe("what a server logs", () => {
  const tell = (rig: Rig, level: string, data: string) =>
    call(rig, "tell", { method: "notifications/message", params: { level, logger: "db", data } });

  test("is shown from warnings on, as one harmless line", async () => {
    await using rig = await startRig({ toml: askingServer() });
    await tell(rig, "info", "all is well");
    await tell(rig, "error", "disk\u001b[31m is\nfull");
    await call(rig, "seen");
    expect(rig.notices).toEqual(["warn: server asking: db: disk is full"]);
  });

  test("is all in its log, whatever its level", async () => {
    await using rig = await startRig({ toml: askingServer() });
    await tell(rig, "debug", "a\nb");
    await call(rig, "seen");
    const { file } = serverLogFiles(serverLogFolder(rig.app.paths), "asking");
    await until(
      "the line",
      () => fs.existsSync(file) && fs.readFileSync(file, "utf8").includes("[debug] db: a b\n"),
    );
    expect(rig.notices).toEqual([]);
  });

  test("is shown ten times a minute at most, which is told once", async () => {
    await using rig = await startRig({ toml: askingServer() });
    for (let number = 1; number <= 15; number++) await tell(rig, "warning", `line ${number}`);
    await call(rig, "seen");
    expect(rig.notices).toHaveLength(11);
    expect(rig.notices.at(-1)).toContain("the rest is in its log for a minute");
  });
});

describe("roots", () => {
  const roots = async (rig: Rig) => (await call(rig, "ask", { method: "roots/list", params: {} })).roots;

  test("are the folder that we work in", async () => {
    await using rig = await startRig({ toml: askingServer() });
    expect(await roots(rig)).toMatchObject([{ uri: `file://${rig.folder}` }]);
  });

  test("are the configured ones; a change is told, and the server goes on", async () => {
    await using rig = await startRig({ toml: askingServer('roots = ["~/a", "b"]') });
    expect(await roots(rig)).toEqual([
      { uri: `file://${rig.folder}/a`, name: "a" },
      { uri: `file://${rig.folder}/b`, name: "b" },
    ]);
    const pid = rig.app.mcp.opened()?.host.statuses()[0]?.pid;
    rig.configure(rig.base + askingServer('roots = ["/elsewhere"]'));
    await (await rig.app.services.need("config")).reload();
    expect(await roots(rig)).toEqual([{ uri: "file:///elsewhere", name: "elsewhere" }]);
    expect(await call(rig, "seen")).toContain("notifications/roots/list_changed");
    expect(rig.app.mcp.opened()?.host.statuses()[0]?.pid).toBe(pid as number); // It runs.
  });
});

describe("instructions of a server", () => {
  const toml = askingServer('env = { INSTRUCTIONS = "call seen first" }');
  const NOTE = '<server-notes server="asking">\ncall seen first\n</server-notes>';

  test("are in the system prompt", async () => {
    await using rig = await startRig({ toml, script: [says("ok")] });
    await call(rig, "seen");
    await rig.ask("hi");
    expect(rig.model.requests[0]?.body.messages[0]).toMatchObject({
      role: "system",
      content: expect.stringContaining(NOTE),
    });
  });

  test("are there in a run that does not wait for the server, and the prompt is the same", async () => {
    await using first = await startRig({ toml, script: [says("ok")] });
    await first.ask("hi");
    await using second = await startRig({ toml, script: [says("ok")], home: first.home });
    (await second.app.mcp.open()).hold();
    await second.ask("hi");
    const [before, after] = [first, second].map((rig) => rig.model.requests[0]?.body.messages[0]);
    expect(after).toEqual(before);
    expect(after.content).toContain(NOTE);
  });
});
