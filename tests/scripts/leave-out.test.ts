/** The part of OpenAI's SDK that is left in the executable does what mcpchat asks of it. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { leaveOut } from "../../scripts/leave-out.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const CLIENT = join(import.meta.dir, "../../src/llm/openai/client.ts");

/** Bundles the client as the build does; returns the path of the bundle and its size in bytes. */
async function bundle(
  plugins: Bun.BunPlugin[],
): Promise<{ path: string; size: number; warnings: unknown[] }> {
  const { outputs, logs } = await Bun.build({
    entrypoints: [CLIENT],
    outdir: temporaryFolder(),
    target: "bun",
    plugins,
  });
  const [output] = outputs;
  if (!output) throw new Error("nothing was bundled");
  return { path: output.path, size: output.size, warnings: logs };
}

test("most of the SDK is left out, and nothing that is left in misses a name", async () => {
  const whole = await bundle([]);
  const lean = await bundle([leaveOut()]);
  expect(lean.size).toBeLessThan(whole.size / 2);
  expect(lean.warnings).toEqual([]);
});

test("the client reads a stream with what is left", async () => {
  const { path } = await bundle([leaveOut()]);
  // The bundle of that very module.
  const { streamCompletions } = (await import(path)) as typeof import("../../src/llm/openai/client.ts");
  const chunks = [{ choices: [{ delta: { content: "Hello" } }] }, { choices: [{ finish_reason: "stop" }] }];
  const lines = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map(
    (data) => `data: ${data}\n\n`,
  );
  const headers = { "content-type": "text/event-stream" };
  const events = streamCompletions(
    { name: "openai", kind: "openai", baseUrl: "http://loopback.test/v1", headers: {} },
    { model: "loopback", messages: [{ role: "user", blocks: [{ type: "text", text: "hello" }] }], tools: [] },
    {
      target: { provider: "openai", model: "loopback", origin: "http://loopback.test" },
      fetch: () => Promise.resolve(new Response(lines.join(""), { headers })),
      signal: new AbortController().signal,
      alive: () => {},
      wall: Date.now,
    },
  );
  expect(await Array.fromAsync(events)).toEqual([
    { type: "text", text: "Hello" },
    { type: "done", stopReason: "end" },
  ]);
});
