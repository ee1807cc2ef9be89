/** What is prepared once for a connection, and what for each session on it. */
import { expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/client";
import { createPrepare } from "../../../src/mcp/client/requests/prepare.ts";
import { Standstill } from "../../../src/mcp/client/standstill.ts";
import { serverConfig } from "../servers.ts";
import { ScriptedCounterpart } from "./asking.ts";

/** A client of the older era that tells what it was made to send. */
class RecordingClient extends Client {
  readonly sent: string[] = [];
  override getProtocolEra() {
    return "legacy" as const;
  }
  override getServerCapabilities() {
    return { logging: {} };
  }
  override async sendRootsListChanged() {
    this.sent.push("roots");
  }
  override async setLoggingLevel(level: string) {
    this.sent.push(level);
    return {};
  }
}

test("a session begun anew gets its log level, and each change of the roots is still told once", async () => {
  const counterpart = new ScriptedCounterpart();
  const client = new RecordingClient(
    { name: "test", version: "1.0.0" },
    { capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {} } } },
  );
  const config = serverConfig("server", [], { logLevel: "error" });
  const prepared = await createPrepare(counterpart)(config, client, new Standstill());
  await prepared.greeted();
  await prepared.greeted();
  await prepared.greeted();
  expect(client.sent).toEqual(["error", "error", "error"]);
  counterpart.changeRoots(["/elsewhere"]);
  expect(client.sent.filter((one) => one === "roots")).toHaveLength(1);
  client.onclose?.();
  expect(counterpart.listeners).toBe(0);
});
