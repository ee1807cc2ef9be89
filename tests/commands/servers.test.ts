import { expect, test } from "bun:test";
import { publicPart } from "../../src/commands/servers/shared.ts";
import { mergeLayers } from "../../src/config/layers.ts";
import { resolveConfiguration } from "../../src/config/resolve.ts";
import type { RawServer } from "../../src/config/schema.ts";

function shown(raw: RawServer): string[] {
  const values = { mcp: { servers: { one: raw } } };
  const { mcp } = resolveConfiguration(mergeLayers([{ source: "test", values }]));
  return mcp.servers.map(publicPart);
}

test("of a server nothing is shown that may hold a secret", () => {
  expect(shown({ command: "npx", args: ["--token", "s3cret"], env: { KEY: "s3cret" } })).toEqual(["npx"]);
  expect(shown({ url: "https://me:s3cret@example.com:8443/mcp?key=s3cret#s3cret" })).toEqual([
    "https://example.com:8443/mcp",
  ]);
});
