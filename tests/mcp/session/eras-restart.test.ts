/** A server that somebody starts again is asked what it speaks, whatever became of its last start. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { startMcp } from "../harness.ts";
import { remoteConfig } from "../remote/servers.ts";
import { eventually } from "../servers.ts";

setDefaultTimeout(60_000);

const REVISION = "2026-07-28";
const RESULTS: Record<string, object> = {
  "server/discover": {
    supportedVersions: [REVISION],
    capabilities: { tools: {} },
    serverInfo: { name: "modern", version: "1.0.0" },
  },
  "tools/list": { tools: [{ name: "greet", inputSchema: { type: "object" } }] },
};

/** Speaks the modern era alone, and with nobody until `open` is set. */
function startServer() {
  const doors = { open: false };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (!doors.open) return new Response("who are you?", { status: 401 });
      // What our own client sends.
      const { id, method } = (await request.json()) as { id: number; method: string };
      const result = RESULTS[method];
      if (!result) return new Response("unknown", { status: 404 });
      const shared = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
      return Response.json({ jsonrpc: "2.0", id, result: { ...shared, ...result } });
    },
  });
  return Object.assign(doors, { server });
}

test("a modern server that let nobody in is known as modern once it is started again", async () => {
  const doors = startServer();
  {
    await using mcp = await startMcp([remoteConfig("modern", `${doors.server.url}mcp`)]);
    await eventually("the refusal", () => mcp.status("modern").state === "failed");
    doors.open = true;
    await mcp.host.restart("modern");
    await mcp.ready("modern");
    expect(mcp.status("modern")).toMatchObject({ state: "ready", protocol: REVISION });
    // The older era was not even tried.
    expect(mcp.events.map(({ type }) => type)).not.toContain("restart_scheduled");
  }
  await doors.server.stop(true);
});
