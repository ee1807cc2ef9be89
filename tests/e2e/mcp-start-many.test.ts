/** Ten servers that are not ready yet delay neither the prompt of a chat nor an answer that needs none of them. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openChat, say } from "./chat-dialogue.ts";
import { homeWithServers, leaders, rawServers } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const NAMES = Array.from({ length: 10 }, (_, index) => `s${index}`);
const TOOLS = NAMES.flatMap((name) => ["echo", "add", "lookup", "write"].map((tool) => `${name}__${tool}`));

/** A home with ten servers that are ready once the gate is open: the order of events needs no clock. */
function gatedHome() {
  const { home, model } = homeWithServers({});
  const gate = join(home.folder, "gate");
  home.configure(
    rawServers(home, Object.fromEntries(NAMES.map((name) => [name, { mode: `gated ${gate}` }]))),
  );
  return { home, model, open: () => writeFileSync(gate, ""), close: () => rmSync(gate) };
}

test("the prompt is there before any of them is ready; the first turn has the tools of all", async () => {
  const { home, model, open } = gatedHome();
  const pty = await openChat(home, "hello");
  await say(pty, "/servers", ...NAMES.map((name) => `${name}: starting`));
  await eventually("all were started at once", () => leaders(home).length === NAMES.length);
  pty.type("hi\r");
  open();
  await pty.until("Hello! How can I help");
  expect(model.requests[0]?.tools).toEqual(TOOLS);
  await say(pty, "/servers", ...NAMES.map((name) => `${name}: ready`));
  expect(leaders(home)).toHaveLength(NAMES.length);
});

test("a chat that knows them from last time answers before any of them is ready, and then calls one", async () => {
  const { home, model, open, close } = gatedHome();
  open();
  await home.run(["-m", "openai/hello", "hi"]);
  close();
  const pty = await openChat(home, "hello", "--yes");
  await say(pty, "hi", "Hello! How can I help");
  expect(model.requests[1]?.tools).toEqual(TOOLS);
  await say(pty, "/servers", ...NAMES.map((name) => `${name}: starting`));
  await say(pty, "/model openai/tool-s9__echo", "openai/tool-s9__echo");
  pty.type("go\r");
  await eventually("the model has asked for the call", () => model.requests.length === 3);
  open();
  await pty.until("The tool said: hello");
});

test("so does a run, which ends without them", async () => {
  const { home, model, open, close } = gatedHome();
  open();
  await home.run(["-m", "openai/hello", "hi"]);
  close();
  const run = await home.run(["-m", "openai/hello", "--json", "hi"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const { servers } = JSON.parse(run.stdout);
  expect(servers).toHaveLength(NAMES.length);
  for (const server of servers) expect(server).toMatchObject({ state: "starting", error: null });
  expect(model.requests[1]?.tools).toEqual(TOOLS);
});

test("a chat names the one that never answers, and goes on with the other", async () => {
  const { home, model } = homeWithServers({ hung: { mode: "hung" }, good: { mode: "good" } });
  const pty = await openChat(home, "hello", "--wait", "2");
  pty.type("hi\r");
  await pty.until("server hung is not ready after");
  await pty.until("Hello! How can I help");
  expect(model.requests[0]?.tools).toEqual(TOOLS.slice(0, 4).map((tool) => tool.replace("s0", "good")));
});
