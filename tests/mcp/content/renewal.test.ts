/** A subscription over HTTP, where a server may forget the session that it was made in. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { HttpServer, result } from "../../fixtures/mcp-http/server.ts";
import { startMcp } from "../harness.ts";
import { remoteConfig } from "../remote/servers.ts";
import { eventually } from "../servers.ts";
import { limits } from "./content-server.ts";

setDefaultTimeout(60_000);

const URI = "note:///plain";

/** A server that tells of updates of resources, in sessions. */
function openServer(): HttpServer {
  return new HttpServer({
    answer({ method, message }, { sessions }) {
      if (method !== "initialize") return undefined;
      const response = result(message.id, {
        protocolVersion: "2025-11-25",
        capabilities: { resources: { subscribe: true } },
        serverInfo: { name: "http", version: "1" },
      });
      const session = crypto.randomUUID();
      sessions.add(session);
      response.headers.set("mcp-session-id", session);
      return response;
    },
  });
}

test("is made again in the session that follows a forgotten one", async () => {
  await using server = openServer();
  await using mcp = await startMcp([remoteConfig("notes", server.url)]);
  const ended = new AbortController();
  const subscribed: boolean[] = [];
  const updates: string[] = [];
  const watching = mcp.mcp.content.watch("notes", URI, {
    ...limits({ signal: ended.signal }),
    onSubscribed: (again) => subscribed.push(again),
    onUpdate: (uri) => updates.push(uri),
  });
  watching.catch(() => {});
  await eventually("the subscription", () => subscribed.length === 1);
  server.forget();
  // Any request finds out; this one has an answer of its own, if a wrong one.
  await mcp.mcp.content.list("resources", limits());
  await eventually("the second subscription", () => subscribed.length === 2);
  await eventually("the stream of news", () => server.news.size > 0);
  server.tell({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: URI } });
  await eventually("the update", () => updates.length > 0);
  expect(subscribed).toEqual([false, true]);
  expect(server.count("resources/subscribe")).toBe(2);
  ended.abort();
});
