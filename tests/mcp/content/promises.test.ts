/** Tools that promise a form of their results. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { type ContentMode, startContent } from "./content-server.ts";

setDefaultTimeout(60_000);

test.each<ContentMode>(["legacy", "modern"])(
  "a %s server is held to the output schema of its tool",
  async (mode) => {
    await using started = await startContent(mode);
    await started.mcp.ready("notes");
    const measure = (args: object) => started.mcp.call("notes__measure", args);
    expect(await measure({ celsius: 21 })).toEqual({
      content: '{"celsius":21}',
      blocks: [],
      structured: { celsius: 21 },
      isError: false,
    });
    expect(await measure({ celsius: "warm" })).toEqual({
      content: "Structured content does not match the tool's output schema: data/celsius must be number",
      isError: true,
    });
    expect(await measure({})).toEqual({
      content: "Tool measure has an output schema but did not return structured content",
      isError: true,
    });
  },
);

test("an error needs no form", async () => {
  await using started = await startContent("legacy");
  await started.mcp.ready("notes");
  expect(await started.mcp.call("notes__measure", { isError: true })).toMatchObject({
    content: "[the tool returned nothing]",
    isError: true,
  });
});
