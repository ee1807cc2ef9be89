/** What is left of the providers' SDKs in the executable does what mcpchat asks of it. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { leaveOut } from "../../scripts/leave-out.ts";
import { framesOf } from "../fixtures/model-server/frames.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { ask, failureOf, textOf, WIRES } from "../llm/ask.ts";

const LLM = join(import.meta.dir, "../../src/llm");

/** Bundles a module as the build does. */
async function bundle(module: string, plugins: Bun.BunPlugin[]) {
  const { outputs, logs } = await Bun.build({
    entrypoints: [join(LLM, module)],
    outdir: temporaryFolder(),
    target: "bun",
    plugins,
  });
  const [output] = outputs;
  if (!output) throw new Error("nothing was bundled");
  return { path: output.path, size: output.size, warnings: logs };
}

describe.each([...WIRES])("%s", (wire) => {
  /** A provider made of the bundle, whose network gives this response. */
  async function providerWith(response: Response) {
    const { path } = await bundle("create.ts", [leaveOut()]);
    // The bundle of that very module.
    const { createProvider } = (await import(path)) as typeof import("../../src/llm/create.ts");
    const settings = { name: wire, kind: wire, baseUrl: "http://loopback.test/v1", apiKey: "key" };
    return createProvider(settings, { fetch: () => () => Promise.resolve(response), env: {} });
  }

  test("a part of the SDK is left out, and what is left in misses no name", async () => {
    const whole = await bundle(`${wire}/client.ts`, []);
    const lean = await bundle(`${wire}/client.ts`, [leaveOut()]);
    expect(lean.size).toBeLessThan(whole.size * 0.85);
    expect(lean.warnings).toEqual([]);
  });

  test("an answer is read", async () => {
    const frames = framesOf(
      wire,
      { kind: "answer", text: ["Hel", "lo"], usage: { input: 3, output: 4 } },
      "m",
    );
    const body = [...frames.opening, ...frames.pieces, ...frames.closing].join("");
    const headers = { "content-type": "text/event-stream" };
    const events = await ask(await providerWith(new Response(body, { headers })));
    expect(textOf(events)).toBe("Hello");
    expect(events.at(-1)).toEqual({ type: "done", stopReason: "end" });
  });

  test("a refusal is sorted", async () => {
    const refusal = Response.json({ error: { message: "no" } }, { status: 401 });
    expect(failureOf(await ask(await providerWith(refusal))).kind).toBe("auth");
  });
});
