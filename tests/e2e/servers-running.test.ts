/** Changes from another terminal reach a chat that runs. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { CTRL_D, openChat } from "./chat-dialogue.ts";
import { expectFailure } from "./complaint.ts";
import { Home, homeWithModel } from "./harness.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

const RAW = fileURLToPath(new URL("../fixtures/mcp-servers/raw.mjs", import.meta.url));

async function listed(home: Home): Promise<{ name: string; state: string }[]> {
  return JSON.parse((await home.run(["servers", "list", "--json"])).stdout);
}

test("a server that is added, disabled, enabled and removed comes and goes in a running chat", async () => {
  const { home } = homeWithModel();
  home.configure("# mine\n");
  const pty = await openChat(home, "hello");
  const isReady = async () =>
    (await listed(home)).some(({ name, state }) => name === "good" && state === "ready");
  const isGone = async () => (await listed(home)).length === 0;
  expect((await home.run(["servers", "add", "good", "--trusted", "--", "node", RAW, "good"])).code).toBe(0);
  await eventually("it is ready", isReady);
  const { stdout } = await home.run(["servers", "list"]);
  expect(stdout).toMatch(
    /^good: ready, pid \d+, 4 tools, stdio \d{4}-\d\d-\d\d, trusted, from \S+config\.toml\n$/,
  );
  await home.run(["servers", "disable", "good"]);
  await eventually("it is gone", isGone);
  await home.run(["servers", "enable", "good"]);
  await eventually("it is ready again", isReady);
  const restarted = await home.run(["servers", "restart", "good", "--json"]);
  expect(JSON.parse(restarted.stdout)).toMatchObject({ name: "good", restarted: true });
  await eventually("it is ready once more", isReady);
  await home.run(["servers", "remove", "good"]);
  await eventually("it is gone for good", isGone);
  pty.type(CTRL_D);
  await pty.exited;
});

test("where no chat runs there is nothing to start again", async () => {
  const run = await new Home().run(["servers", "restart", "good", "--json"]);
  expect(expectFailure(run, 2)).toBe("no chat is running; start one with mcpchat chat");
  expect(JSON.parse(run.stdout).error.code).toBe("usage");
});
