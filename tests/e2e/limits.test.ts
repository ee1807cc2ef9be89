/** Exit codes of what a run was told to keep to: required servers (6) and the number of requests (8). */
import { describe, expect, test } from "bun:test";
import { calls } from "../fixtures/model-server/script.ts";
import { expectFailure } from "./complaint.ts";
import { homeWithModel, WIRES } from "./harness.ts";

describe.each(WIRES)("a run with %s", (wire) => {
  test("that takes more requests than --max-turns is 8", async () => {
    const { home, model } = homeWithModel([calls({ name: "anything", arguments: {} })]);
    const result = await home.run(["-m", `${wire}/any`, "--max-turns", "1", "question"]);
    expect(expectFailure(result, 8)).toBe(
      "the turn took more than 1 request to the model; raise it with --max-turns or chat.max_turns",
    );
    expect(model.requests).toHaveLength(1);
  });

  test.each([
    ["is silent", 'command = "tail"\nargs = ["-f", "/dev/null"]'],
    ["dies", 'command = "sh"\nargs = ["-c", "echo last words >&2; exit 3"]'],
    ["is not there", 'command = "no-such-program"'],
  ])("whose required server %s is 6, and asks nothing", async (_, server) => {
    const { home, model } = homeWithModel();
    home.configure(`[mcp.servers.files]\n${server}\n`);
    const result = await home.run([
      "-m",
      `${wire}/hello`,
      "--require",
      "files",
      "--wait",
      "1",
      "--json",
      "question",
    ]);
    expect(result.code).toBe(6);
    expect(result.stderr.trimEnd().split("\n").at(-1)).toStartWith("mcpchat: server files");
    const { error, servers } = JSON.parse(result.stdout);
    expect(error).toMatchObject({ code: "server_not_ready", exit_code: 6 });
    expect(servers).toMatchObject([{ name: "files" }]);
    expect(servers[0].state).not.toBe("ready");
    expect(model.requests).toEqual([]);
  });
});
