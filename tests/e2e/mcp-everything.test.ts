/** What server-everything has, through the commands: results that are more than a text, and its other transports. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startEverything } from "../mcp/remote/servers.ts";
import { Home } from "./harness.ts";
import { publishedServer } from "./mcp-servers.ts";

setDefaultTimeout(120_000);

const PNG = "89504e470d0a1a0a";

function homeWithEverything(): Home {
  const home = new Home();
  home.configure(publishedServer("everything", "server-everything", "stdio"));
  return home;
}

const call = (home: Home, ...args: string[]) => home.run(["call", "everything", ...args]);

describe("an image", () => {
  test("is named in brackets, whole in the JSON, and saved with -o", async () => {
    const home = homeWithEverything();
    const named = await call(home, "get-tiny-image");
    expect(named.stdout).toMatch(/^Here's the image.*\n\[image image\/png, \d+ bytes\]\n/);
    const { blocks, content } = JSON.parse((await call(home, "get-tiny-image", "--json")).stdout);
    expect(content).toBe(named.stdout.trimEnd());
    const image = blocks.find(({ type }: { type: string }) => type === "image");
    expect(image).toMatchObject({ mimeType: "image/png" });
    const saved = await call(home, "get-tiny-image", "-o", "tiny.png");
    const file = readFileSync(join(home.work, "tiny.png"));
    expect(saved).toMatchObject({
      code: 0,
      stdout: named.stdout.replace(/^\[image .*\n/m, ""),
      stderr: `mcpchat: saved image/png, ${file.length} bytes to tiny.png\n`,
    });
    expect(file.subarray(0, 8).toString("hex")).toBe(PNG);
    expect(file.toString("base64")).toBe(image.data);
  });

  test("for the user alone is shown to who calls the tool", async () => {
    const run = await call(
      homeWithEverything(),
      "get-annotated-message",
      "messageType=debug",
      "includeImage=true",
    );
    expect(run.stdout).toMatch(/^\[image image\/png, \d+ bytes\]\n$/);
  });
});

test("a file in a result is saved with -o", async () => {
  const home = homeWithEverything();
  const args = ["name=a.gz", "data=data:text/plain,packed", "outputType=resource"];
  expect((await call(home, "gzip-file-as-resource", ...args, "-o", "a.gz")).code).toBe(0);
  expect(gunzipSync(readFileSync(join(home.work, "a.gz"))).toString()).toBe("packed");
});

test("a result of nothing but text is saved as text, and says so of a file that it replaces", async () => {
  const home = homeWithEverything();
  const save = () => call(home, "echo", "message=hi", "-o", "said.txt");
  expect(await save()).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "mcpchat: saved text, 8 bytes to said.txt\n",
  });
  expect(readFileSync(join(home.work, "said.txt"), "utf8")).toBe("Echo: hi");
  expect((await save()).stderr).toEndWith("to said.txt, replacing what was there\n");
});

test("a file that cannot be written is found out before the tool is called", async () => {
  const home = new Home();
  // A server that never answers: who waited for it would end with 6.
  home.configure('[mcp.servers.everything]\ncommand = "sleep"\nargs = ["600"]\n');
  const save = (file: string) => call(home, "echo", "message=hi", "-o", file);
  mkdirSync(join(home.work, "folder"));
  const refusals = [
    ["nowhere/x", "cannot write nowhere/x: there is no folder nowhere"],
    ["folder", "cannot write folder: is a folder, not a file"],
    ["/dev/null", "cannot write /dev/null: is not a regular file"],
    ["", "--output needs a file; -o FILE"],
  ] as const;
  for (const [file, line] of refusals)
    expect(await save(file)).toMatchObject({ code: 2, stdout: "", stderr: `mcpchat: ${line}\n` });
});

test("arguments that are no JSON are found out before the server is asked", async () => {
  const home = new Home();
  home.configure('[mcp.servers.everything]\ncommand = "sleep"\nargs = ["600"]\n');
  expect(await call(home, "echo", '{"message":')).toMatchObject({
    code: 2,
    stderr: "mcpchat: the argument is not a JSON object: a value was expected, not the end at column 12\n",
  });
});

test("--json has a plain text as a block too", async () => {
  const { stdout } = await call(homeWithEverything(), "echo", "message=hi", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    content: "Echo: hi",
    blocks: [{ type: "text", text: "Echo: hi" }],
    structured: null,
  });
});

test.each(["sse", "streamableHttp"] as const)(
  "over %s: a tool, a resource, a prompt, a subscription",
  async (mode) => {
    await using server = await startEverything(mode);
    const home = new Home();
    const transport = mode === "sse" ? 'transport = "sse"\n' : "";
    home.configure(`[mcp.servers.everything]\nurl = "${server.url}"\n${transport}`);
    expect((await call(home, "get-sum", "a=2", "b=40")).stdout).toContain("42");
    const text = [
      "resources",
      "read",
      "everything",
      "demo://resource/dynamic/text/{resourceId}",
      "resourceId=4",
    ];
    expect((await home.run(text)).stdout).toStartWith("Resource 4: ");
    const prompt = await home.run(["prompts", "get", "everything", "args-prompt", "city=Rome"]);
    expect(prompt).toMatchObject({ code: 0, stdout: "user: What's weather in Rome?\n", stderr: "" });
    const watching = home.start([
      "resources",
      "watch",
      "everything",
      "demo://resource/dynamic/text/4",
      "--json",
    ]);
    await watching.until("stdout", '"subscribed"');
    watching.kill("SIGINT");
    expect((await watching.exited).code).toBe(130);
  },
);
