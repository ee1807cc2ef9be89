/**
 * All that server-everything has, over each of its transports. What it offers has to be what these tables use: a new
 * tool, template or prompt that nobody uses makes them fail.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { expandTemplate } from "../../../src/mcp/client/content/template.ts";
import { eventually } from "../servers.ts";
import { type EverythingTransport, startEverything } from "./everything-server.ts";
import {
  type Everything,
  limits,
  PROMPTS,
  SERVER,
  STATIC,
  TEMPLATES,
  TOOLS,
  textOf,
} from "./everything-uses.ts";

setDefaultTimeout(60_000);

const TRANSPORTS: EverythingTransport[] = ["stdio", "sse", "http"];

describe.each(TRANSPORTS)("server-everything over %s", (transport) => {
  let everything: Everything;
  beforeAll(async () => {
    everything = await startEverything(transport);
  });
  afterAll(() => everything.stop());

  /** Tools that depend on what we can do join the list after the handshake. */
  const names = () => everything.mcp.host.tools().map(({ name }) => name);

  test("offers the tools that are used here, and no others", async () => {
    await eventually("all tools", () => names().length >= Object.keys(TOOLS).length);
    expect(names().toSorted()).toEqual(Object.keys(TOOLS).toSorted());
  });

  test.each(Object.entries(TOOLS))("the tool %s", async (name, uses) => {
    await eventually("the tool", () => names().includes(name));
    for (const { args = {}, says, fails = false, also } of uses) {
      const outcome = await everything.mcp.call(`${SERVER}__${name}`, args);
      expect(outcome.content).toMatch(says);
      expect(outcome.isError).toBe(fails);
      await also?.(outcome, everything);
    }
  });

  test("every resource, template and prompt", async () => {
    const { content } = everything.mcp.mcp;
    const resources = await content.list("resources", limits());
    const documents = resources.items.filter(({ uri }) => uri.includes("/static/"));
    expect(documents.map(({ name }) => name).toSorted()).toEqual(STATIC.map((name) => `${name}.md`));
    for (const { uri } of documents) {
      expect(textOf(await content.read(SERVER, uri, limits()))).toMatch(/^# .*\n/m);
    }
    const templates = await content.list("templates", limits());
    expect(templates.items.map(({ uriTemplate }) => uriTemplate).toSorted()).toEqual(
      Object.keys(TEMPLATES).toSorted(),
    );
    for (const [template, says] of Object.entries(TEMPLATES)) {
      const uri = await expandTemplate(template, { resourceId: "5" });
      expect(textOf(await content.read(SERVER, uri, limits()))).toMatch(says);
    }
    const prompts = await content.list("prompts", limits());
    expect(prompts.items.map(({ name }) => name).toSorted()).toEqual(Object.keys(PROMPTS).toSorted());
    for (const [name, { args, says }] of Object.entries(PROMPTS)) {
      const { messages } = await content.prompt(SERVER, name, args, limits());
      expect(JSON.stringify(messages)).toMatch(says);
    }
    expect([resources, templates, prompts].flatMap(({ problems }) => problems)).toEqual([]);
  });

  test("completes arguments, narrowed by others", async () => {
    const { content } = everything.mcp.mcp;
    const name = { of: { prompt: "completable-prompt" }, argument: "name", value: "" };
    const engineers = { ...name, others: { department: "Engineering" } };
    expect((await content.complete(SERVER, engineers, limits())).values).toEqual(["Alice", "Bob", "Charlie"]);
    const id = {
      of: { template: "demo://resource/dynamic/text/{resourceId}" },
      argument: "resourceId",
      value: "12",
    };
    expect((await content.complete(SERVER, id, limits())).values).toEqual(["12"]);
  });

  test("tells of updates of a resource", async () => {
    const watched = "demo://resource/dynamic/text/9";
    const ended = new AbortController();
    const subscribed = Promise.withResolvers<boolean>();
    const updated = Promise.withResolvers<string>();
    const watching = everything.mcp.mcp.content.watch(SERVER, watched, {
      waitMs: 30_000,
      signal: ended.signal,
      onSubscribed: subscribed.resolve,
      onUpdate: updated.resolve,
    });
    expect(await subscribed.promise).toBe(false);
    await everything.mcp.call(`${SERVER}__toggle-subscriber-updates`);
    expect(await updated.promise).toBe(watched);
    await everything.mcp.call(`${SERVER}__toggle-subscriber-updates`);
    ended.abort(new Error("enough"));
    expect(await watching.catch((error: Error) => error.message)).toBe("enough");
  });

  test("reports progress, and gives up a call that is cancelled", async () => {
    const { host } = everything.mcp;
    const tool = host.tools().find(({ name }) => name === "trigger-long-running-operation");
    if (!tool) throw new Error("no long operation");
    const seen: number[] = [];
    const ended = new AbortController();
    const call = host.call(
      tool,
      { duration: 600, steps: 6000 },
      {
        signal: ended.signal,
        timeoutMs: 600_000,
        onProgress({ progress }) {
          seen.push(progress);
          if (progress >= 2) ended.abort(new Error("cancelled by the user"));
        },
      },
    );
    expect(await call.catch((error: Error) => error.message)).toBe("cancelled by the user");
    expect(seen.slice(0, 2)).toEqual([1, 2]);
    expect(await everything.mcp.call(`${SERVER}__echo`, { message: "on" })).toMatchObject({
      content: "Echo: on",
    });
  });

  test("hears of changed roots, and logs that it did", async () => {
    const { counterpart, mcp } = everything;
    await eventually("the first roots", () =>
      counterpart.logs.some(({ text }) => text.includes("Roots updated: 1")),
    );
    counterpart.moveTo(["/second/root", "/third/root"]);
    await eventually("the new roots", () =>
      counterpart.logs.some(({ text }) => text.includes("Roots updated: 2")),
    );
    expect((await mcp.call(`${SERVER}__get-roots-list`)).content).toContain("file:///second/root");
    counterpart.moveTo(["/first/root"]);
  });
});
