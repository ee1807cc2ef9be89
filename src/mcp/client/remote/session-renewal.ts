/** Begins a session again that the server has forgotten, without the client's knowledge. */
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import type { InnerSession } from "./inner-session.ts";
import type { Initialize } from "./messages.ts";

/** The session that the server has forgotten could not be begun again; the cause says why. */
export class NotRenewed extends Error {
  override readonly name = "NotRenewed";
}

/**
 * Repeats the handshake over a fresh transport. Throws what the transport throws, or an Error when the server does not
 * answer in time or now speaks another revision of the protocol.
 */
export async function renewSession(
  session: InnerSession,
  initialize: Initialize | undefined,
  protocolVersion: string | undefined,
  timeoutMs: number,
): Promise<void> {
  if (!initialize || protocolVersion === undefined) throw new Error("there is no handshake to repeat");
  await session.start();
  const answer = await session.ask("initialize", { ...initialize.params }, timeoutMs);
  if (versionIn(answer) !== protocolVersion) {
    throw new Error("it now speaks another revision of the protocol");
  }
  session.setProtocolVersion(protocolVersion);
  await session.send({ jsonrpc: "2.0", method: "notifications/initialized" });
}

function versionIn(answer: JSONRPCMessage): unknown {
  return "result" in answer ? answer.result.protocolVersion : undefined;
}
