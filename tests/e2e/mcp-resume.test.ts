/** A run that ends in the middle of a tool call leaves a conversation that can go on, through both providers. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { calls, says } from "../fixtures/model-server/script.ts";
import { homeWithModel, WIRES } from "./harness.ts";
import { callsIn, rawServers } from "./mcp-servers.ts";
import { eventually } from "./program.ts";

setDefaultTimeout(120_000);

describe.each(WIRES)("through %s", (wire) => {
  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("after %s", async (signal) => {
    const { home, model } = homeWithModel(({ index, tools }) =>
      index === 0
        ? calls(...tools.slice(0, 2).map((name, at) => ({ name, id: `call_${at}`, arguments: { key: "k" } })))
        : says("Going on."),
    );
    const log = join(home.folder, "calls");
    home.configure(rawServers(home, { quiet: { mode: "silent", env: { CALL_LOG: log } } }));
    const run = home.start(["-m", `${wire}/any`, "--yes", "begin"]);
    await eventually("both calls are under way", () => callsIn(log).length === 2);
    run.kill(signal);
    await run.exited;
    // The loopback server refuses a conversation with a call that has no result, as the real ones do.
    const next = await home.run(["-m", `${wire}/any`, "-c", "and now"]);
    expect(next).toMatchObject({ code: 0, stdout: "Going on.\n", stderr: "" });
    expect(model.requests).toHaveLength(2);
    expect(model.requests[1]?.prompt).toContain("and now");
    const bare = await home.run(["-m", `${wire}/any`, "-c", "--no-tools", "without tools"]);
    expect(bare).toMatchObject({ code: 0, stdout: "Going on.\n" });
  });
});

test("a result that is too large for a model is cut, and says so", async () => {
  const { home, model } = homeWithModel(({ tools, toolResults }) =>
    toolResults.length > 0 ? says("Thanks.") : calls({ name: tools[0] ?? "", arguments: {} }),
  );
  home.configure(rawServers(home, { huge: { mode: "huge 3000000" } }));
  const run = await home.run(["-m", "openai/any", "--yes", "go"]);
  expect(run).toMatchObject({ code: 0, stdout: "Thanks.\n" });
  const [result = ""] = model.requests[1]?.toolResults ?? [];
  expect(result.length).toBeLessThan(250_000);
  expect(result).toEndWith("[2800000 more characters left out]");
});
