/** Questions of a server to the person: a form to fill in, or an address to visit. */
import type { ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";
import type { JsonObject } from "../../../lib/conversation.ts";
import { truncate } from "../text.ts";
import type { Question, Reply } from "./counterpart.ts";
import { fieldsOf, secretField, UnusableForm, withStandards } from "./form.ts";
import type { Surroundings } from "./surroundings.ts";

interface Elicitation {
  ask(params: ElicitRequest["params"], signal: AbortSignal): Promise<ElicitResult>;
  /** The server says that what was to be done at an address is done. */
  completed(id: string): void;
  /** See Prepared. */
  visit(error: unknown, signal: AbortSignal): Promise<string | undefined>;
}

const LONGEST_MESSAGE = 4000;
const LONGEST_URL = 4096;
/** Addresses that one refused request may want to have visited. */
const MOST_VISITS = 3;

const DECLINED: Reply = { action: "decline" };

export function createElicitation(surroundings: Surroundings): Elicitation {
  const { server, counterpart, still, sdk } = surroundings;
  /** Addresses that the person has agreed to visit, by the server's own identifier. */
  const visited = new Map<string, string>();
  const notice = (text: string) => counterpart.notice(server, text);

  const put = (question: Question, signal: AbortSignal): Promise<Reply> =>
    still.during((given) => counterpart.elicit(server, question, AbortSignal.any([signal, given])));

  const open = async (url: string, message: string, id: string | undefined, signal: AbortSignal) => {
    if (!isWebAddress(url)) {
      notice("asked to open what is no address of the web; it was declined");
      return DECLINED;
    }
    const reply = await put({ mode: "url", url, message: truncate(message, LONGEST_MESSAGE) }, signal);
    if (reply.action === "accept" && id !== undefined) visited.set(id, new URL(url).host);
    return reply;
  };

  const fill = async (schema: JsonObject, message: string, signal: AbortSignal): Promise<ElicitResult> => {
    const fields = readableFields(schema, surroundings);
    const secret = secretField(fields);
    if (secret) {
      notice(`asked for a secret in a form (${secret.label}), which MCP forbids; it was declined`);
      return DECLINED;
    }
    const reply = await put({ mode: "form", fields, message: truncate(message, LONGEST_MESSAGE) }, signal);
    if (reply.action !== "accept") return reply;
    return { action: "accept", content: withStandards(fields, reply.content ?? {}) };
  };

  return {
    async ask(params, signal) {
      if (!mayAsk(surroundings)) return DECLINED;
      if (params.mode === "url") {
        const { action } = await open(params.url, params.message, params.elicitationId, signal);
        return { action };
      }
      // Of the schema, only what JSON can say has come over the wire.
      return fill(params.requestedSchema as unknown as JsonObject, params.message, signal);
    },
    completed(id) {
      const host = visited.get(id);
      if (host === undefined) return;
      visited.delete(id);
      notice(`says that what was to be done at ${host} is done`);
    },
    async visit(error, signal) {
      if (!(error instanceof sdk.UrlElicitationRequiredError)) return undefined;
      for (const { url, message, elicitationId } of error.elicitations.slice(0, MOST_VISITS)) {
        const allowed = mayAsk(surroundings) && typeof url === "string";
        const reply = allowed ? await open(url, String(message), elicitationId, signal) : DECLINED;
        if (reply.action !== "accept") return NOT_VISITED;
      }
      return VISITED;
    },
  };
}

const VISITED =
  "The server first wants something done by the user in a browser; the user has agreed and opened the address. Call the tool again once the user says that it is done.";
const NOT_VISITED =
  "The server first wants something done by the user in a browser, and the user declined. The tool cannot be used without it.";

/** Whether the server may ask once more; that it may not is told once. */
function mayAsk({ questions, server, counterpart }: Surroundings): boolean {
  const verdict = questions.take();
  if (verdict === "exhausted") {
    counterpart.notice(server, "asks too many questions; more are declined for a minute");
  }
  return verdict === "granted";
}

function readableFields(schema: JsonObject, { sdk }: Surroundings) {
  try {
    return fieldsOf(schema);
  } catch (error) {
    if (!(error instanceof UnusableForm)) throw error;
    throw new sdk.ProtocolError(
      sdk.ProtocolErrorCode.InvalidParams,
      `This form cannot be shown: ${error.message}`,
    );
  }
}

function isWebAddress(url: string): boolean {
  if (url.length > LONGEST_URL || !URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  // A name before the host is there to be taken for the host.
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}
