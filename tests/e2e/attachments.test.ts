/** What is attached on the command line and in a chat, as the model's server gets it. */
import { describe, expect, onTestFinished, test } from "bun:test";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { noisyPng, pdf, plainPng } from "../attachments/pictures.ts";
import { calls, says } from "../fixtures/model-server/script.ts";
import type { ModelServer } from "../fixtures/model-server/server.ts";
import { openChat, say } from "./chat-dialogue.ts";
import { expectFailure, expectSilentSuccess } from "./complaint.ts";
import { type Home, homeWithModel, WIRES } from "./harness.ts";
import { publishedServer } from "./mcp-servers.ts";

const CONTENT_SERVER = fileURLToPath(new URL("../fixtures/mcp-servers/content.mjs", import.meta.url));
const HELLO = "Hello! How can I help you today?\n";
const PRIVATE = "is on this machine or a private network";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function sentTo({ requests }: ModelServer): string {
  return JSON.stringify(requests[0]?.body.messages ?? requests[0]?.body.input);
}

/** A server on this machine; what it was asked for is counted. */
function serve(body: string | Uint8Array, contentType: string) {
  let asked = 0;
  const answer = () => {
    asked++;
    return new Response(body, { headers: { "content-type": contentType } });
  };
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  onTestFinished(() => void server.stop(true));
  return { url: `http://127.0.0.1:${server.port}`, asked: () => asked };
}

describe.each(WIRES)("the message to %s", (wire) => {
  const model = ["-m", `${wire}/hello`];

  test("carries images of -f whole, beside the prompt and in their order", async () => {
    const { home, model: server } = homeWithModel();
    home.write("a.png", plainPng(20, 30));
    home.write("b.png", plainPng(30, 20));
    expectSilentSuccess(await home.run([...model, "-f", "a.png", "-f", "b.png", "what is this?"]));
    const sent = sentTo(server);
    const places = [plainPng(20, 30), plainPng(30, 20)].map((bytes) => sent.indexOf(base64(bytes)));
    expect(places[0]).toBeGreaterThan(0);
    expect(places[1]).toBeGreaterThan(places[0] ?? 0);
    expect(sent).toContain("image/png");
    expect(server.requests[0]?.prompt).toBe("what is this?\n\nAttached, in this order: a.png, b.png");
  });

  test("may be an image alone, and is there again in the next turn", async () => {
    const { home, model: server } = homeWithModel();
    home.write("a.png", plainPng(20, 30));
    expectSilentSuccess(await home.run([...model, "-f", "a.png"]));
    expectSilentSuccess(await home.run([...model, "-c", "and now?"]));
    for (const { body } of server.requests) {
      expect(JSON.stringify(body.messages ?? body.input)).toContain(base64(plainPng(20, 30)));
    }
    const shown = await home.run(["sessions", "show"]);
    expect(shown.stdout).toContain("[a.png, image/png, ");
    const { messages } = JSON.parse((await home.run(["sessions", "show", "--json"])).stdout);
    const bytes = plainPng(20, 30).length;
    expect(messages[0].blocks).toEqual([{ type: "media", mediaType: "image/png", name: "a.png", bytes }]);
  });

  test("has what its prompt mentions, and nothing that stdin or a file mentions", async () => {
    const { home, model: server } = homeWithModel();
    home.write("a b.txt", "content with @file:nowhere\n");
    const script = `printf 'see @file:missing' | mcpchat ${model.join(" ")} 'look at @file:"a b.txt", me@file:x'`;
    expectSilentSuccess(await home.shell(script));
    expect(server.requests[0]?.prompt).toBe(
      'look at @file:"a b.txt", me@file:x\n\nsee @file:missing\n\nFile a b.txt:\n\ncontent with @file:nowhere',
    );
  });

  test("has an image that is too large for providers scaled down, and says so", async () => {
    const { home, model: server } = homeWithModel();
    home.write("photo.png", noisyPng(2200, 1000));
    const { stderr, code } = await home.run([...model, "-f", "photo.png", "look"]);
    expect(code).toBe(0);
    expect(stderr).toStartWith("mcpchat: photo.png: scaled down from 2200x1000 pixels and ");
    expect(server.requests[0]?.bytes).toBeLessThan(6_000_000);
  });
});

test("a PDF goes as a document to who takes PDFs", async () => {
  const { home, model } = homeWithModel();
  home.write("a.pdf", pdf(1000));
  expectSilentSuccess(await home.run(["-m", "anthropic/hello", "-f", "a.pdf", "what is this?"]));
  expect(sentTo(model)).toContain(base64(pdf(1000)));
  expect(sentTo(model)).toContain("application/pdf");
});

describe("an address", () => {
  const ask = (home: Home, ...args: string[]) => home.run(["-m", "anthropic/hello", ...args]);

  test("of this machine is refused before anything is asked for or sent", async () => {
    const { home, model } = homeWithModel();
    const page = serve("secret", "text/plain");
    for (const args of [["-f", `${page.url}/a`], [`see @url:${page.url}/a`], ["-f", "http://localhost:1/"]]) {
      const result = await ask(home, ...args);
      expect(expectFailure(result, 2)).toContain(PRIVATE);
      expect(result.stderr).toContain("private_urls = true");
    }
    expect(page.asked()).toBe(0);
    expect(model.requests).toEqual([]);
  });

  test("is taken with private_urls: a page as its text, an image as an image", async () => {
    const { home, model } = homeWithModel();
    home.configure("[attachments]\nprivate_urls = true\n");
    const page = serve("<!doctype html><title>T</title><script>no()</script><p>Hello", "text/html");
    const picture = serve(plainPng(), "image/png");
    expectSilentSuccess(await ask(home, "-f", `${page.url}/a`, "-f", `${picture.url}/b.png`, "sum it up"));
    expect(model.requests[0]?.prompt).toBe(`sum it up\n\nFile ${page.url}/a:\n\nT\nHello`);
    expect(JSON.stringify(model.requests[0]?.body.messages)).toContain(base64(plainPng()));
  });
});

describe("a pipe given with -f", () => {
  test("is read, as a shell makes it of a command", async () => {
    const { home, model } = homeWithModel();
    const command = '"$MCPCHAT_UNDER_TEST" -m anthropic/hello -f <(printf one; printf two) what';
    expect(await home.shell(`bash -c '${command}'`)).toMatchObject({ code: 0, stdout: HELLO });
    expect(model.requests[0]?.prompt).toMatch(/^what\n\nFile \/dev\/fd\/\d+:\n\nonetwo$/);
  });

  test("that nobody writes to is told of, and ended by Ctrl-C", async () => {
    const { home, model } = homeWithModel();
    expect(Bun.spawnSync(["mkfifo", join(home.work, "pipe")]).exitCode).toBe(0);
    const program = home.start(["-m", "anthropic/hello", "-f", "pipe", "what"]);
    await program.until("stderr", "mcpchat: still reading pipe; Ctrl-C gives it up\n");
    program.kill("SIGINT");
    expect((await program.exited).code).toBe(130);
    expect(model.requests).toEqual([]);
  });
});

describe("what cannot be attached", () => {
  test.each([
    ["a missing file", ["-f", "missing.png"], "missing.png: there is no such file"],
    ["a mention of one", ["see @file:missing.png."], "missing.png: there is no such file"],
    ["a folder", ["-f", "."], ".: is a folder, not a file"],
    ["no name", ["-f", ""], "the name of a file is empty"],
    ["a mention of a pipe", ["@file:pipe"], "pipe: is a pipe; give it with -f on the command line"],
    ["a device", ["-f", "/dev/zero"], "/dev/zero: is a device, not a file"],
    ["an archive", ["-f", "a.zip"], "a.zip: seems to be a ZIP archive or an Office document"],
    ["a broken image", ["-f", "broken.png"], "broken.png: begins as image/png, but is damaged"],
    ["what is too large", ["-f", "large.pdf"], "large.pdf: too large: at most 1.0 MB can be attached"],
    ["standard input by a name", ["-f", "-"], "-f -: standard input is read without it"],
    [
      "an address of another kind",
      ["-f", "ftp://example.com/a"],
      "ftp://example.com/a: there is no such file",
    ],
    ["a mention of no address", ["@url:example.com"], "example.com: is no address"],
  ])("%s is one line, and nothing is sent", async (_what, args, line) => {
    const { home, model } = homeWithModel();
    home.configure("[attachments]\nmax_bytes = 1000000\n");
    home.write("a.zip", Buffer.from("PK\u0003\u0004\u0000\u0000", "latin1"));
    home.write("broken.png", plainPng().slice(0, 20));
    home.write("large.pdf", pdf(1_000_000));
    expect(Bun.spawnSync(["mkfifo", join(home.work, "pipe")]).exitCode).toBe(0);
    const result = await home.run(["-m", "anthropic/hello", ...args]);
    expect(expectFailure(result, 2)).toStartWith(line);
    expect(model.requests).toEqual([]);
  });
});

describe("a resource", () => {
  test("of a server is attached by a mention, also in a run without tools", async () => {
    const { home, model } = homeWithModel();
    home.configure(
      `[mcp.servers.notes]\ncommand = "node"\nargs = [${JSON.stringify(CONTENT_SERVER)}, "legacy"]\n`,
    );
    const prompt = "sum up @notes:note:///plain for me@notes:x";
    for (const more of [[], ["--no-tools"]]) {
      expectSilentSuccess(await home.run(["-m", "anthropic/hello", ...more, prompt]));
    }
    const expected = `${prompt}\n\nFile notes:note:///plain:\n\na note\n`;
    expect(model.requests.map((request) => request.prompt)).toEqual([expected, expected]);
    const failure = await home.run(["-m", "anthropic/hello", "@notes:note:///nowhere"]);
    expect(expectFailure(failure, 2)).toContain("note:///nowhere");
  });
});

test("a chat's line has what it mentions, and one that cannot be read is not sent", async () => {
  const { home, model } = homeWithModel();
  home.write("a.png", plainPng(20, 30));
  const pty = await openChat(home, "hello");
  await say(pty, "see @file:missing.png", "missing.png: there is no such file");
  expect(model.requests).toEqual([]);
  await say(pty, "see @file:a.png", "Hello!");
  pty.type("/exit\r");
  expect(await pty.exited).toBe(0);
  expect(model.requests.map(({ prompt }) => prompt)).toEqual(["see @file:a.png"]);
  expect(sentTo(model)).toContain(base64(plainPng(20, 30)));
});

test.each(WIRES)("an image that a tool returns is looked at by %s", async (wire) => {
  const script = [calls({ name: "everything__get-tiny-image", arguments: {} }), says("seen")];
  const { home, model } = homeWithModel(script);
  home.configure(publishedServer("everything", "server-everything", "stdio"));
  expectSilentSuccess(await home.run(["-m", `${wire}/any`, "--yes", "--no-save", "make one"]));
  const sent = JSON.stringify(model.requests[1]?.body);
  // How a PNG begins in base64.
  expect(sent).toContain("iVBORw0KGgo");
  expect(sent).toContain("[image image/png, ");
});
