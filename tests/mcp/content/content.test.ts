import { describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { rawServer, serverConfig } from "../servers.ts";
import { type ContentMode, contentConfig, failure, limits, startContent } from "./content-server.ts";

setDefaultTimeout(60_000);

const ERAS: ContentMode[] = ["legacy", "modern"];

describe.each(ERAS)("a %s server", (mode) => {
  test("lists all its resources, page by page, its templates and its prompts", async () => {
    await using started = await startContent(mode);
    const { content, methods } = started;
    const { items, problems } = await content.list("resources", limits());
    expect(items.map(({ uri, server }) => `${server} ${uri}`)).toContain("notes note:///fatal");
    expect({ count: items.length, problems }).toEqual({ count: 9, problems: [] });
    expect(methods().filter((method) => method === "resources/list")).toHaveLength(5);
    expect((await content.list("templates", limits())).items).toMatchObject([
      { server: "notes", name: "pages" },
    ]);
    expect((await content.list("prompts", limits())).items.map(({ name }) => name)).toEqual([
      "plain",
      "greet",
    ]);
  });

  test("is read, gives prompts and completes", async () => {
    await using started = await startContent(mode);
    const { content } = started;
    expect(await content.read("notes", "note:///plain", limits())).toMatchObject([{ text: "a note\n\n" }]);
    expect(await content.read("notes", "note:///image", limits())).toMatchObject([{ blob: "iVBORw0KGgo=" }]);
    const { messages } = await content.prompt("notes", "greet", { who: "Ada", from: "us" }, limits());
    expect(messages[0]?.content).toMatchObject({ text: "Greet Ada from us" });
    const unfinished = { of: { prompt: "greet" }, argument: "who", value: "A", others: { from: "us" } };
    expect(await content.complete("notes", unfinished, limits())).toEqual({
      values: ["A!", '{"from":"us"}'],
      total: 7,
      hasMore: true,
    });
  });
});

describe("what a server does not have", () => {
  test.each<[ContentMode]>([["legacy"], ["old"], ["terse"]])(
    "a resource is named with those that there are, however a %s server says it",
    async (mode) => {
      await using started = await startContent(mode);
      const close = await failure(started.content.read("notes", "note:///plane", limits()));
      expect(close).toEqual({
        line: "server notes has no resource note:///plane; did you mean note:///plain?",
        exitCode: 2,
      });
      const far = await failure(started.content.read("notes", "x:y", limits()));
      expect(far.line).toStartWith(
        "server notes has no resource x:y; there are note:///plain, note:///hostile, ",
      );
    },
  );

  test.each<[string, Parameters<Awaited<ReturnType<typeof startContent>>["content"]["complete"]>[1]]>([
    [
      "server notes has no prompt gret; did you mean greet?",
      { of: { prompt: "gret" }, argument: "a", value: "" },
    ],
    [
      "prompt greet takes no argument whom; did you mean who?",
      { of: { prompt: "greet" }, argument: "whom", value: "" },
    ],
    [
      "prompt plain takes no argument x; it takes none",
      { of: { prompt: "plain" }, argument: "x", value: "" },
    ],
    [
      "server notes has no template a:{b}; there are note:///pages/{book}{?page}",
      { of: { template: "a:{b}" }, argument: "b", value: "" },
    ],
    [
      "note:///pages/{book}{?page} takes no argument bok; did you mean book?",
      { of: { template: "note:///pages/{book}{?page}" }, argument: "bok", value: "" },
    ],
  ])("%s", async (line, unfinished) => {
    await using started = await startContent("legacy");
    expect(await failure(started.content.complete("notes", unfinished, limits()))).toEqual({
      line,
      exitCode: 2,
    });
  });

  test("missing arguments of a prompt are all named, and unknown ones refused", async () => {
    await using started = await startContent("legacy");
    const get = (args: Record<string, string>) =>
      failure(started.content.prompt("notes", "greet", args, limits()));
    expect(await get({})).toEqual({
      line: "prompt greet needs who and from; add who=... from=...",
      exitCode: 2,
    });
    expect((await get({ who: "Ada", fram: "us" })).line).toContain("no argument fram; did you mean from?");
    expect(started.methods()).not.toContain("prompts/get");
  });

  test("capabilities: its lists are empty, and everything else is refused in a line", async () => {
    await using started = await startContent("nothing");
    const { content } = started;
    // The SDK would write there that it does not ask.
    const told = spyOn(console, "debug");
    for (const kind of ["resources", "templates", "prompts"] as const) {
      expect(await content.list(kind, limits())).toEqual({ items: [], problems: [] });
    }
    const unfinished = { of: { prompt: "greet" }, argument: "who", value: "" };
    const lines = await Promise.all(
      [
        content.read("notes", "note:///plain", limits()),
        content.prompt("notes", "plain", {}, limits()),
        content.complete("notes", unfinished, limits()),
      ].map(async (asked) => (await failure(asked)).line),
    );
    expect(lines).toEqual([
      "server notes has no resources",
      "server notes has no prompts",
      "server notes completes nothing",
    ]);
    expect(started.methods()).not.toContain("resources/list");
    expect(told).not.toHaveBeenCalled();
    told.mockRestore();
  });
});

describe("failures", () => {
  test("one server that is hung, dead or endless does not stop the others", async () => {
    const others = [
      serverConfig("hung", rawServer("hung")),
      serverConfig("dying", rawServer("dying")),
      contentConfig("endless", "endless"),
    ];
    await using started = await startContent("legacy", {}, others);
    await started.mcp.ready("notes");
    await started.mcp.ready("endless");
    const { items, problems } = await started.content.list("resources", limits({ waitMs: 500 }));
    expect(new Set(items.map(({ server }) => server))).toEqual(new Set(["notes"]));
    const told = Object.fromEntries(problems.map(({ server, error }) => [server, error.exitCode]));
    expect(told).toEqual({ hung: 6, dying: 6, endless: 7 });
  });

  test("what a server reports is one line without escape sequences", async () => {
    await using started = await startContent("legacy");
    expect(await failure(started.content.read("notes", "note:///broken", limits()))).toEqual({
      line: "server notes: the disk burns",
      exitCode: 7,
    });
  });

  test("no answer ends with the limit of the server's calls, or with the signal", async () => {
    await using started = await startContent("legacy", { callTimeoutMs: 300 });
    const read = (signal?: AbortSignal) =>
      failure(started.content.read("notes", "note:///slow", limits(signal && { signal })));
    expect(await read()).toEqual({ line: "server notes gave no answer within 0.3 s", exitCode: 7 });
    expect((await read(AbortSignal.abort(new Error("interrupted")))).line).toBe("interrupted");
  });

  test("a server that dies over a question is asked again", async () => {
    await using started = await startContent("legacy");
    expect(await started.content.read("notes", "note:///fatal", limits())).toMatchObject([
      { text: "survived" },
    ]);
    expect(started.methods().filter((method) => method === "resources/read")).toHaveLength(2);
  });

  test("one that is not there any more is told of", async () => {
    await using started = await startContent("legacy", { restart: "temporary" });
    const { line, exitCode } = await failure(started.content.read("notes", "note:///fatal", limits()));
    expect({ line, exitCode }).toEqual({ line: "server notes failed: killed by SIGKILL", exitCode: 6 });
    expect(await failure(started.content.read("nobody", "x:y", limits()))).toEqual({
      line: "there is no server nobody",
      exitCode: 6,
    });
  });
});
