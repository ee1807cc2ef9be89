/** The beginning of a session: which era both sides speak, and who the server is. */
import type { Client, Implementation, Transport } from "@modelcontextprotocol/client";
import type { KnownEra } from "./eras.ts";
import { openSchemaValidator } from "./schema-validator.ts";

export interface HandshakeOptions {
  clientInfo: Implementation;
  timeoutMs: number;
  /** What is known of the server's era; it is asked when absent. */
  era?: KnownEra;
  /** Waits longer for the answer: the server may be slow to start. */
  patient?: boolean;
  /** How long a process is given for the answer, in milliseconds. */
  probeMs?: number;
  /** Registers what the client can do, and what it answers. */
  prepare: (client: Client) => Promise<void>;
}

/** What the server said of itself. Its strings are as it wrote them. */
export interface Greeting {
  /** The protocol revision that both speak, such as `2025-11-25`. */
  protocol: string;
  /** What is worth remembering for the next handshake. */
  era: KnownEra;
  instructions?: string;
  /** What the server calls itself. */
  implementation?: { name: string; version: string };
}

/** Above this the pages of a list are taken for endless. */
const MAX_PAGES = 64;
/**
 * Processes of the older era that do not answer what they do not know are found out by their silence; in milliseconds.
 * A silent server over HTTP is more likely slow.
 */
const PROBE_MS = 5000;
/** Of all the time, for the answer of a server that is no older one and has not answered soon. */
const PATIENT_SHARE = 0.8;

/** Connects over the transport. Throws what the SDK throws. */
export async function handshake(
  transport: Transport,
  options: HandshakeOptions,
): Promise<{ client: Client; greeting: Greeting }> {
  const { clientInfo, timeoutMs, era, prepare } = options;
  const sdk = await import("@modelcontextprotocol/client");
  const client = new sdk.Client(clientInfo, {
    versionNegotiation: { mode: "auto", probe: { timeoutMs: questionMs(transport, options) } },
    jsonSchemaValidator: await openSchemaValidator(),
    listMaxPages: MAX_PAGES,
  });
  await prepare(client);
  // The older era begins with what the server can do now; the newer one, with the question for it. The answer of
  // an earlier run would save that question, and hide what has changed since.
  const prior = era?.kind === "legacy" ? { prior: { kind: "legacy" } as const } : {};
  await client.connect(transport, { timeout: timeoutMs, ...prior });
  const instructions = client.getInstructions();
  const implementation = client.getServerVersion();
  const greeting: Greeting = {
    protocol: client.getNegotiatedProtocolVersion() ?? "",
    era: { kind: client.getProtocolEra() === "modern" ? "modern" : "legacy" },
    ...(instructions !== undefined && { instructions }),
    ...(implementation && { implementation }),
  };
  return { client, greeting };
}

/** How long the answer to the question for the era is waited for. */
function questionMs(transport: Transport, options: HandshakeOptions): number {
  const { timeoutMs, era, patient = false, probeMs = PROBE_MS } = options;
  if (patient) return timeoutMs * PATIENT_SHARE;
  // By the members that the SDK goes by as well.
  const isProcess = "stderr" in transport && "pid" in transport;
  // Whoever is known to answer, and is silent, is slow.
  return isProcess && era?.kind !== "modern" ? Math.min(probeMs, timeoutMs / 2) : timeoutMs / 2;
}
