/** `mcpchat resources` and `mcpchat prompts`: what servers offer beside tools. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Home } from "./harness.ts";

setDefaultTimeout(120_000);

const PROGRAM = fileURLToPath(new URL("../fixtures/mcp-servers/content.mjs", import.meta.url));
const IMAGE = Buffer.from("iVBORw0KGgo=", "base64");

/** A home with the server `notes`, and more. */
function homeWithNotes({ mode = "legacy", more = "" } = {}): Home {
  const home = new Home();
  const env = `{ TOUCH_FILE = ${JSON.stringify(touchFile(home))}, CRASH_FILE = "${join(home.folder, "crashed")}" }`;
  home.configure(
    `[mcp.servers.notes]\ncommand = "node"\nargs = ${JSON.stringify([PROGRAM, mode])}\nenv = ${env}\n${more}`,
  );
  return home;
}

function touchFile(home: Home): string {
  return join(home.folder, "touched");
}

const read = (home: Home, ...args: string[]) => home.run(["resources", "read", "notes", ...args]);

describe("resources list", () => {
  test("has a line for each, templates apart; --json has them as they are", async () => {
    const home = homeWithNotes();
    const { code, stdout, stderr } = await home.run(["resources", "list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")[0]).toBe("notes note:///plain  plain");
    expect(stdout.trim().split("\n")).toHaveLength(9);
    const templates = await home.run(["resources", "list", "--templates"]);
    expect(templates.stdout).toBe("notes note:///pages/{book}{?page}  pages\n");
    const json = await home.run(["resources", "list", "--json"]);
    expect(JSON.parse(json.stdout)[0]).toEqual({ server: "notes", uri: "note:///plain", name: "plain" });
  });

  test("names a server that is not ready and lists the others; asked for by name it is exit 6", async () => {
    const home = homeWithNotes({ more: '[mcp.servers.hung]\ncommand = "sleep"\nargs = ["600"]\n' });
    const all = await home.run(["resources", "list", "--wait", "5"]);
    expect(all.code).toBe(0);
    expect(all.stdout).toContain("notes note:///plain");
    expect(all.stderr).toBe("mcpchat: server hung was not ready within 5 s\n");
    const one = await home.run(["resources", "list", "--server", "hung", "--wait", "0.3"]);
    expect(one).toMatchObject({
      code: 6,
      stdout: "",
      stderr: "mcpchat: server hung was not ready within 0.3 s\n",
    });
  });

  test("of a server without any is empty", async () => {
    expect(await homeWithNotes({ mode: "nothing" }).run(["resources", "list"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });
});

test("a list that a server knows nothing of is empty; one that fails is told with its method", async () => {
  const home = homeWithNotes({ mode: "partial" });
  const templates = await home.run(["resources", "list", "--templates", "--server", "notes"]);
  expect(templates).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const tested = await home.run(["servers", "test", "notes"]);
  expect(tested.code).toBe(6);
  expect(tested.stdout).toContain("prompts/list: server notes: the disk burns");
});

describe("resources read", () => {
  test.each([
    ["note:///plain", [], "a note\n"],
    ["note:///texts", [], "one\ntwo\n"],
    ["note:///hostile", [], "ared one\n"],
    ["note:///hostile", ["--raw"], "a\u001b[31mred\u200b one\n"],
    ["note:///pages/{book}{?page}", ["book=moby", "page=3"], "moby, page 3\n"],
    ["note:///pages/moby", [], "moby, page 1\n"],
    ["note:///empty", [], ""],
  ])("%s %j is %j", async (uri, args: string[], stdout) => {
    expect(await read(homeWithNotes(), uri, ...args)).toMatchObject({ code: 0, stdout, stderr: "" });
  });

  test("an image goes to a pipe and to a file as it is, and to no terminal", async () => {
    const home = homeWithNotes();
    const piped = await home.shell("mcpchat resources read notes note:///image | od -An -tx1");
    expect(piped.stdout.replaceAll(/\s/g, "")).toBe(IMAGE.toString("hex"));
    const saved = await read(home, "note:///image", "-o", "image.png");
    const told = "mcpchat: saved image/png, 8 bytes to image.png\n";
    expect(saved).toMatchObject({ code: 0, stdout: "", stderr: told });
    expect(readFileSync(join(home.work, "image.png"))).toEqual(IMAGE);
    const shown = home.terminal(["resources", "read", "notes", "note:///image"]);
    expect(await shown.exited).toBe(2);
    const words = "this is image/png of 8 B, not text; save it with -o FILE";
    expect(shown.output().replaceAll(/\s+/g, " ")).toContain(words);
  });

  test("a text is saved as it is", async () => {
    const home = homeWithNotes();
    expect((await read(home, "note:///hostile", "-o", "note.txt")).code).toBe(0);
    expect(readFileSync(join(home.work, "note.txt"), "utf8")).toBe("a\u001b[31mred\u200b one");
  });

  test("a text beside an image is printed when that is saved", async () => {
    const home = homeWithNotes();
    const run = await read(home, "note:///both", "-o", "both.png", "-q");
    expect(run).toMatchObject({ code: 0, stdout: "one\n", stderr: "" });
    expect(readFileSync(join(home.work, "both.png"))).toEqual(IMAGE);
  });

  test("--json has all contents as they are, harmless to a terminal", async () => {
    const { stdout } = await read(homeWithNotes(), "note:///both", "--json");
    expect(JSON.parse(stdout)).toEqual({
      server: "notes",
      uri: "note:///both",
      contents: [
        { uri: "note:///both", mimeType: "text/plain", text: "one" },
        { uri: "note:///both", mimeType: "image/png", blob: "iVBORw0KGgo=" },
      ],
    });
    expect((await read(homeWithNotes(), "note:///hostile", "--json")).stdout).toContain(
      "a\\u001b[31mred\\u200b one",
    );
  });

  test.each([
    [["note:///both"], 2, "it has 2 parts, and 1 of them are not text; get all of them with --json"],
    [["note:///plane"], 2, "server notes has no resource note:///plane; did you mean note:///plain?"],
    [["note:///broken"], 7, "server notes: the disk burns"],
    [["note:///slow", "--timeout", "0.4"], 8, "server notes took more than 0.4 s"],
    [["note:///pages/{book}"], 2, "note:///pages/{book} needs book; add book=..."],
    [["note:///plain", "a=1"], 2, "note:///plain takes no argument a; it takes none"],
    [["note:///plain", "-o", "nowhere/file"], 2, "cannot write nowhere/file: there is no folder nowhere"],
    [[], 2, "read needs a server and an address; mcpchat resources read SERVER URI [key=value ...]"],
  ])("%j ends with %p: %s", async (args: string[], code, line) => {
    expect(await read(homeWithNotes(), ...args)).toMatchObject({
      code,
      stdout: "",
      stderr: `mcpchat: ${line}\n`,
    });
  });

  test("what goes wrong is JSON too", async () => {
    const { code, stdout } = await read(homeWithNotes(), "note:///broken", "--json");
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "server_failed", exit_code: 7 } });
  });

  test("a server that dies over it is asked again", async () => {
    const run = await read(homeWithNotes(), "note:///fatal");
    expect(run).toMatchObject({ code: 0, stdout: "survived\n" });
    expect(run.stderr).toMatch(
      /^mcpchat: server notes crashed \(killed by SIGKILL\), restarted in \d+ ms\n$/,
    );
  });
});

describe("resources watch", () => {
  const watched = (home: Home, ...args: string[]) =>
    home.start(["resources", "watch", "notes", "note:///plain", ...args]);

  test.each(["legacy", "modern"])("has a line for each update of a %s server, until Ctrl-C", async (mode) => {
    const home = homeWithNotes({ mode });
    const watching = watched(home);
    await watching.until("stderr", "watching note:///plain");
    home.write(touchFile(home), "note:///plain\n");
    await watching.until("stdout", "note:///plain\n");
    watching.kill("SIGINT");
    expect(await watching.exited).toMatchObject({ code: 130, stdout: "note:///plain\n" });
  });

  test("--json has a line of JSON for each event", async () => {
    const home = homeWithNotes();
    const watching = watched(home, "--json");
    await watching.until("stdout", "subscribed");
    home.write(touchFile(home), "note:///plain\n");
    await watching.until("stdout", "updated");
    watching.kill("SIGTERM");
    const { code, stdout } = await watching.exited;
    expect(code).toBe(143);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: "subscribed", server: "notes", uri: "note:///plain", again: false },
      { type: "updated", server: "notes", uri: "note:///plain" },
    ]);
  });

  test("of a server that tells nothing is refused, as JSON too", async () => {
    const home = homeWithNotes({ mode: "unwatched" });
    const line = "server notes does not tell of updates of resources";
    expect(await home.run(["resources", "watch", "notes", "note:///plain"])).toMatchObject({
      code: 2,
      stderr: `mcpchat: ${line}\n`,
    });
    const { stdout } = await home.run(["resources", "watch", "notes", "note:///plain", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ type: "error", error: { message: line } });
  });

  test("ends when nobody reads it any more, and after --timeout", async () => {
    const home = homeWithNotes();
    const closed = home.startShell(
      "{ mcpchat resources watch notes note:///plain -v; echo $? >code; } | head -1",
    );
    await closed.until("stderr", "watching");
    home.write(touchFile(home), "note:///plain\n");
    await closed.until("stdout", "note:///plain\n");
    home.write(touchFile(home), "note:///plain\nnote:///plain\n");
    await closed.exited;
    expect(readFileSync(join(home.work, "code"), "utf8").trim()).toBe("141");
    expect((await home.run(["resources", "watch", "notes", "note:///plain", "--timeout", "0.5"])).code).toBe(
      8,
    );
  });
});

describe("prompts", () => {
  test("list has a line for each, with what it needs", async () => {
    const { code, stdout } = await homeWithNotes().run(["prompts", "list"]);
    expect(code).toBe(0);
    expect(stdout).toBe("notes/plain  A plain one\nnotes/greet who= from= [tone=]  greet\n");
  });

  test("get prints the messages, or all of it as JSON", async () => {
    const home = homeWithNotes();
    const args = ["prompts", "get", "notes", "greet", "who=Ada", "from=me"];
    expect((await home.run(args)).stdout).toBe(
      "user: Greet Ada from me\n\nassistant: [image image/png, 8 bytes]\n",
    );
    expect(JSON.parse((await home.run([...args, "--json"])).stdout)).toEqual({
      server: "notes",
      name: "greet",
      description: "What it is for",
      messages: [
        { role: "user", content: { type: "text", text: "Greet Ada from me" } },
        { role: "assistant", content: { type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" } },
      ],
    });
  });

  test.each([
    [["get", "notes", "greet", "tone=kind"], "prompt greet needs who and from; add who=... from=..."],
    [["get", "notes", "gret"], "server notes has no prompt gret; did you mean greet?"],
    [["get", "notes", "summary"], "server notes has no prompt summary; there are plain, greet"],
    [["get", "notes", "greet", "who"], "not an argument: who; write key=value"],
    [["get", "notes", "greet", "who=a", "who=b"], "who is given twice"],
    [["get", "note", "greet"], "there is no server note; did you mean notes?"],
    [["get", "notes"], "get needs a server and a prompt; mcpchat prompts get SERVER NAME [key=value ...]"],
    [["gte"], "unknown command prompts gte; did you mean get?"],
  ])("%j is a usage error: %s", async (args: string[], line) => {
    const run = await homeWithNotes().run(["prompts", ...args]);
    expect(run).toMatchObject({ code: 2, stdout: "", stderr: `mcpchat: ${line}\n` });
  });
});

describe("complete", () => {
  test("has a line for each value, narrowed by other arguments", async () => {
    const home = homeWithNotes();
    const prompt = await home.run(["prompts", "complete", "notes", "greet", "who", "Ad", "from=me"]);
    expect(prompt).toMatchObject({ code: 0, stdout: 'Ad!\n{"from":"me"}\n', stderr: "" });
    const template = ["resources", "complete", "notes", "note:///pages/{book}{?page}", "book", ""];
    expect((await home.run(template)).stdout).toBe("!\n{}\n");
    expect(JSON.parse((await home.run([...template, "--json"])).stdout)).toEqual({
      values: ["!", "{}"],
      total: 7,
      hasMore: true,
    });
  });

  test("of a server that cannot is refused", async () => {
    const run = await homeWithNotes({ mode: "nothing" }).run([
      "prompts",
      "complete",
      "notes",
      "greet",
      "who",
      "A",
    ]);
    expect(run).toMatchObject({ code: 2, stderr: "mcpchat: server notes completes nothing\n" });
  });
});
