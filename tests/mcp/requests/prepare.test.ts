/** What is prepared once for a connection, and what for each session on it. */
import { expect, test } from "bun:test";
import { Client, type ClientCapabilities } from "@modelcontextprotocol/client";
import { Refusal } from "../../../src/mcp/client/requests/counterpart.ts";
import { createPrepare } from "../../../src/mcp/client/requests/prepare.ts";
import { Standstill } from "../../../src/mcp/client/session/standstill.ts";
import { serverConfig } from "../servers.ts";
import { form, ScriptedCounterpart, start } from "./asking.ts";

/** A client of the older era that tells what it was made to send. */
class RecordingClient extends Client {
  readonly sent: string[] = [];
  readonly declared: string[] = [];
  override registerCapabilities(capabilities: ClientCapabilities) {
    super.registerCapabilities(capabilities);
    this.declared.push(...Object.keys(capabilities));
  }
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
  const client = new RecordingClient({ name: "test", version: "1.0.0" });
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

test.each([
  ["deny", true, ["roots", "elicitation"]],
  ["deny", false, ["roots"]],
  ["ask", true, ["roots", "sampling", "elicitation"]],
  ["ask", false, ["roots"]],
  ["allow", false, ["roots", "sampling"]],
] as const)(
  "under sampling = %s, with a person: %p, a server is told that it may ask for %p",
  async (sampling, isAttended, expected) => {
    const counterpart = new ScriptedCounterpart();
    counterpart.isAttended = isAttended;
    const client = new RecordingClient({ name: "test", version: "1.0.0" });
    await createPrepare(counterpart)(serverConfig("server", [], { sampling }), client, new Standstill());
    expect(client.declared).toEqual([...expected]);
  },
);

test("what a server asks all the same is answered as the counterpart says, and what makes no sense is refused", async () => {
  const { counterpart, ask } = await start({ sampling: "deny" }, false);
  counterpart.answer = () => Promise.reject(new Refusal("sampling is not allowed here"));
  const content = { type: "text", text: "hi" };
  const question = { messages: [{ role: "user", content }], maxTokens: 10 };
  expect(await ask("sampling/createMessage", question)).toEqual({
    error: { code: -1, message: "sampling is not allowed here" },
  });
  expect(await ask("elicitation/create", form({}))).toEqual({ action: "decline" });
  expect(counterpart.questions).toHaveLength(1);
  expect(await ask("elicitation/create", { message: 1 })).toMatchObject({ error: { code: -32601 } });
  expect(await ask("no/such", {})).toMatchObject({ error: { code: -32601 } });
});
