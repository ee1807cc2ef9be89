/** The model uses tools of real servers, through both providers. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { homeWithModel, WIRES } from "./harness.ts";
import { homeWithServers, modelWith, publishedServer } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

describe.each(WIRES)("through %s", (wire) => {
  test("the model calls echo of server-everything and answers with its result", async () => {
    const { home, model } = homeWithModel(modelWith({ message: "a message" }));
    home.configure(publishedServer("everything", "server-everything", "stdio"));
    const { code, stdout, stderr } = await home.run([
      "-m",
      `${wire}/tool-echo`,
      "--allow",
      "everything/echo",
      "--require",
      "everything",
      "go",
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "The tool said: Echo: a message\n",
      stderr: "",
    });
    expect(model.requests).toHaveLength(2);
    expect(model.requests[0]?.tools).toContain("everything__echo");
    expect(model.requests[1]?.toolResults).toEqual(["Echo: a message"]);
  });

  test("several calls at once are made at once, and each gets its own result", async () => {
    const { home, model } = homeWithServers({ good: { mode: "good" } });
    const run = await home.run(["-m", `${wire}/twice-echo`, "--allow", "good/*", "--json", "go"]);
    expect(run.code).toBe(0);
    const { text, tools } = JSON.parse(run.stdout);
    expect(text).toBe("The tools said: hello and hello");
    const call = { server: "good", name: "echo", arguments: { message: "hello" }, ok: true };
    expect(tools).toMatchObject([call, call]);
    expect(model.requests).toHaveLength(2);
  });

  test("an error that a tool reports goes to the model, and the run goes on", async () => {
    const { home } = homeWithModel(modelWith({ path: "/etc/hostname" }));
    home.configure(publishedServer("files", "server-filesystem", home.work));
    const run = await home.run([
      "-m",
      `${wire}/tool-read_text_file`,
      "--yes",
      "--require",
      "files",
      "--json",
      "go",
    ]);
    expect(run.code).toBe(0);
    const { text, tools } = JSON.parse(run.stdout);
    expect(text).toContain("Access denied");
    expect(tools).toMatchObject([{ server: "files", name: "read_text_file", ok: false }]);
    expect(run.stderr).toMatch(/^mcpchat: files\/read_text_file failed after \d+ ms: .*Access denied/);
  });
});

test("server-filesystem reads a file", async () => {
  const args = { path: "" };
  const { home } = homeWithModel(modelWith(args));
  args.path = home.write("note.txt", "what the note says");
  home.configure(publishedServer("files", "server-filesystem", home.work));
  const run = await home.run(["-m", "openai/tool-read_text_file", "--yes", "--require", "files", "go"]);
  expect(run).toMatchObject({ code: 0, stdout: "The tool said: what the note says\n", stderr: "" });
});

test("a tool that does not exist is told to the model", async () => {
  const { home, model } = homeWithServers({ good: { mode: "good" } });
  const run = await home.run(["-m", "anthropic/twice-ecko", "--yes", "go"]);
  expect(run.code).toBe(0);
  expect(model.requests[1]?.toolResults).toEqual(["There is no tool ecko.", "There is no tool ecko."]);
});

test("more requests than --max-turns end the run with 8, and what was said stays", async () => {
  const { home } = homeWithServers({ good: { mode: "good" } });
  const run = await home.run(["-m", "openai/tool-echo", "--yes", "--max-turns", "1", "--json", "go"]);
  expect(run.code).toBe(8);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: "max_turns" }, tools: [{ ok: true }] });
});

describe("which tools the model is offered", () => {
  const servers = { good: { mode: "good" }, other: { mode: "good", more: 'tools = { deny = ["write"] }' } };

  async function offered(...options: string[]): Promise<string[]> {
    const { home, model } = homeWithServers(servers);
    const { code, stderr } = await home.run(["-m", "openai/hello", ...options, "hi"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return model.requests[0]?.tools ?? [];
  }

  const good = ["good__echo", "good__add", "good__lookup", "good__write"];

  test("all of all servers, but for what the configuration denies", async () => {
    expect(await offered()).toEqual([...good, "other__echo", "other__add", "other__lookup"]);
  });

  test("--server: those of one", async () => {
    expect(await offered("--server", "good")).toEqual(good);
  });

  test("--tool: those that a glob names", async () => {
    expect(await offered("--tool", "good/*o*", "--tool", "add")).toEqual([
      "good__echo",
      "good__add",
      "good__lookup",
      "other__add",
    ]);
  });

  test("--no-tools: none, and no server is started", async () => {
    expect(await offered("--no-tools")).toEqual([]);
  });
});

test("a server that is not configured is a usage error, the nearest one named", async () => {
  const { home, model } = homeWithServers({ good: { mode: "good" } });
  for (const option of ["--server", "--require"]) {
    const run = await home.run(["-m", "openai/hello", option, "goood", "hi"]);
    expect(run).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "mcpchat: there is no server goood; did you mean good?\n",
    });
  }
  expect(model.requests).toEqual([]);
});
