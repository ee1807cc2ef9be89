/** The pools of connections: one for each origin, and none of them is missed for longer than a moment. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { pooledFetch } from "../../src/app/http.ts";
import type { Supervisor } from "../../src/supervisor/supervisor.ts";
import { killChild, type Rig, startRig, supervisorAt } from "./rig.ts";

setDefaultTimeout(60_000);

/** The supervisor of the pools, which starts with the first request. */
const pools = (rig: Rig): Supervisor => supervisorAt(rig.app.root, "http");

describe("pools", () => {
  test("a pool belongs to an origin, and serves every run", async () => {
    await using rig = await startRig();
    await rig.ask("one");
    await rig.ask("two");
    expect(pools(rig).whichChildren()).toMatchObject([{ id: rig.model.url, state: "running", restarts: 0 }]);
  });

  test("two first requests at once share one pool", async () => {
    await using rig = await startRig();
    const fetch = rig.app.fetch(rig.model.url);
    const answers = await Promise.all([
      fetch(`${rig.model.url}/v1/models`),
      fetch(`${rig.model.url}/v1/models`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(pools(rig).whichChildren()).toHaveLength(1);
  });

  test("a pool that is killed comes back for its origin", async () => {
    await using rig = await startRig();
    await rig.ask("one");
    await killChild(pools(rig), rig.model.url);
    expect((await rig.ask("two")).error).toBeUndefined();
    expect(pools(rig).whichChildren()).toMatchObject([{ id: rig.model.url, restarts: 1 }]);
  });

  test("killed and asked for in the same moment, it is not a closed one", async () => {
    await using rig = await startRig();
    await rig.ask("one");
    pools(rig).killChild(rig.model.url);
    const fetch = pooledFetch(async () => pools(rig), rig.model.url);
    expect((await fetch(`${rig.model.url}/v1/models`)).status).toBe(200);
  });

  test("a pool that is killed under an answer: the answer is cut or whole, and the next run works", async () => {
    await using rig = await startRig({ model: "slow-20" });
    const { error, result } = await rig.ask("go", {
      async sink(event) {
        if (event.type === "text" && event.text === "word3 ") await killChild(pools(rig), rig.model.url);
      },
    });
    if (error) expect(error.exitCode).toBe(5);
    expect(result?.text).toStartWith("word1 word2 word3 ");
    expect(rig.stored()[1]).toMatchObject({ role: "assistant", status: error ? "partial" : "complete" });
    expect((await rig.ask("again", { session: { latest: true } })).error).toBeUndefined();
  });

  test("the supervisor of all pools that is killed comes back", async () => {
    await using rig = await startRig();
    await rig.ask("one");
    await rig.kill("http");
    expect((await rig.ask("two")).error).toBeUndefined();
    expect(pools(rig).whichChildren()).toHaveLength(1);
  });
});
