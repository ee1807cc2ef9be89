/**
 * What an error of the SDK's transports means: what is told to people, and whether the session is over. Sorted by class,
 * status and code.
 */

import { MoreRightsNeeded } from "../auth/errors.ts";
import type { RemoteConfig } from "../config.ts";
import type { LossReason } from "../errors.ts";
import { RemoteFailure } from "../errors.ts";
import { oneLine } from "../text.ts";
import { AnswerTooLarge } from "./capped-body.ts";
import { HttpRefusal, reasonIn } from "./refusal.ts";
import { NotRenewed } from "./session-renewal.ts";
import { BrokenOff, UnexpectedContent, Unreachable } from "./wire.ts";

export interface Circumstances {
  config: RemoteConfig;
  /** Somebody says who we are. */
  authorized: boolean;
  /** The handshake is over. */
  greeted: boolean;
}

export interface Verdict {
  failure: RemoteFailure;
  /** Set when the session is over with it. */
  loss?: LossReason;
}

export function judge(error: unknown, where: Circumstances): Verdict {
  if (error instanceof NotRenewed) return notRenewed(error, where);
  if (error instanceof Unreachable) return { failure: error, loss: "unreachable" };
  if (error instanceof BrokenOff) return { failure: error, loss: "broken_off" };
  if (error instanceof RemoteFailure) return withoutRights(error, where);
  if (isAboutUs(error)) return aboutUs(error, where);
  const refusal = refusalIn(error);
  if (refusal) return refusedWith(refusal, where);
  return unusable(error, where);
}

/** The request that found the session forgotten was not taken up. */
function notRenewed({ cause }: NotRenewed, where: Circumstances): Verdict {
  const { failure, loss = "broken_off" } = judge(cause, where);
  const words = `it forgot the session; ${failure.message}`;
  return { failure: new RemoteFailure(words, failure.permanent, true, { cause }), loss };
}

/** The status and the words of an answer that is no success, if that is what the error is about. */
export function refusalIn(error: unknown): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error;
  if (!(error instanceof Error)) return undefined;
  if ("event" in error) return refusalInEvent(error);
  const data = "data" in error ? error.data : undefined;
  if (typeof data !== "object" || data === null || !("status" in data)) return undefined;
  if (typeof data.status !== "number") return undefined;
  const text = "text" in data && typeof data.text === "string" ? data.text : undefined;
  return new HttpRefusal(data.status, reasonIn(text));
}

/** An EventSource says no more than the status; what it does not like about an answer has that of the answer. */
function refusalInEvent(error: Error): HttpRefusal | undefined {
  const status = "code" in error && typeof error.code === "number" ? error.code : 200;
  return status === 200 ? undefined : new HttpRefusal(status, "");
}

/** By this the SDK marks what comes out of logging in. */
const ABOUT_US = Symbol.for("mcp.authSeamEscape");

function isAboutUs(error: unknown): error is Error {
  return error instanceof Error && (ABOUT_US in error || error.name === "UnauthorizedError");
}

function aboutUs(error: Error, where: Circumstances): Verdict {
  const failure = new RemoteFailure(loginWords(error, where), true, true, { cause: error });
  return where.greeted && error.name === "InsufficientScopeError"
    ? { failure }
    : { failure, loss: "refused" };
}

/** Rights that do not reach far enough for one request say nothing of the others; nor does what may pass. */
function withoutRights(failure: RemoteFailure, { greeted }: Circumstances): Verdict {
  const concernsAll = !greeted || (failure.permanent && !(failure instanceof MoreRightsNeeded));
  return concernsAll ? { failure, loss: "refused" } : { failure };
}

function loginWords(error: Error, where: Circumstances): string {
  const refusal = refusalIn(error);
  if (error.name === "InsufficientScopeError") return scopeWords(error, where);
  if (refusal || error.name === "UnauthorizedError") return asksForLogin(where);
  return oneLine(error.message, 300);
}

function scopeWords(error: Error, { config: { name } }: Circumstances): string {
  const scope = "requiredScope" in error ? error.requiredScope : undefined;
  const rights = typeof scope === "string" ? ` (${oneLine(scope, 100)})` : "";
  return `it asks for more rights${rights}; run: mcpchat servers login ${name}`;
}

function asksForLogin({ config: { name }, authorized }: Circumstances): string {
  const headers = authorized ? "" : ", or check the headers of its configuration";
  return `it asks for a login; run: mcpchat servers login ${name}${headers}`;
}

function refusedWith(refusal: HttpRefusal, where: Circumstances): Verdict {
  const { status, reason } = refusal;
  const said = reason === "" ? "" : `: ${reason}`;
  const known = wordsFor(refusal, said, where);
  const words = known?.words ?? `it refuses the request (HTTP ${status})${said}`;
  // What was refused in so many words has not been done.
  const undelivered = status === 429 || (status >= 400 && status < 500);
  const failure = new RemoteFailure(words, known?.permanent === true, undelivered, { cause: refusal });
  // The older HTTP has a session for as long as the stream is open, and one that is not known is gone.
  const gone = where.config.transport === "sse" && status === 404;
  const over = !where.greeted || status === 401 || gone;
  return over ? { failure, loss: "refused" } : { failure };
}

function wordsFor(
  { status, location }: HttpRefusal,
  said: string,
  where: Circumstances,
): { words: string; permanent?: true } | undefined {
  if (status === 401) return { words: asksForLogin(where), permanent: true };
  if (status === 403) return { words: `it refuses us (HTTP 403)${said}`, permanent: true };
  if (status >= 300 && status < 400) return redirection(status, location);
  if (status === 429) return { words: `it limits the rate of requests (HTTP 429)${said}` };
  if (status >= 500) return { words: `it failed (HTTP ${status})${said}` };
  if (where.greeted) return undefined;
  if (status === 404) return { words: `nothing is at ${addressIn(where)} (HTTP 404)${hint(where)}` };
  if (status === 405) return { words: `no MCP endpoint is at ${addressIn(where)} (HTTP 405)${hint(where)}` };
  return undefined;
}

function redirection(status: number, to: string | undefined): { words: string; permanent: true } {
  const target = to === undefined ? "" : ` to ${oneLine(to, 200)}`;
  return {
    words: `it redirects${target} (HTTP ${status}), which is not followed; if that is the server, set its url`,
    permanent: true,
  };
}

function hint({ config: { transport } }: Circumstances): string {
  return transport === "http"
    ? `; check its url, or set transport = "sse" if it is an older server`
    : `; check its url, or leave out transport = "sse" if it is a newer server`;
}

/** Without what may be secret in it. */
function addressIn({ config: { url } }: Circumstances): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** An answer that is there, but is not what the protocol has. */
function unusable(error: unknown, where: Circumstances): Verdict {
  const failure = new RemoteFailure(unusableWords(error, where), false, false, { cause: error });
  return where.greeted ? { failure } : { failure, loss: "refused" };
}

function unusableWords(error: unknown, where: Circumstances): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  if (error instanceof AnswerTooLarge) return `it sent ${error.message}`;
  const type = unexpectedType(error);
  if (type !== undefined) {
    return `it answers with ${oneLine(type, 60)}; is ${addressIn(where)} an MCP endpoint?`;
  }
  if (isMalformed(error)) return `its answer is not JSON-RPC; is ${addressIn(where)} an MCP endpoint?`;
  return oneLine(error.message, 300);
}

/** The content type of what no server of MCP sends, as either transport has it. */
function unexpectedType(error: Error): string | undefined {
  if (error instanceof UnexpectedContent) return error.contentType ?? NO_TYPE;
  if (!("code" in error) || error.code !== "CLIENT_HTTP_UNEXPECTED_CONTENT") return undefined;
  const data = "data" in error ? error.data : undefined;
  const type = typeof data === "object" && data !== null && "contentType" in data && data.contentType;
  return typeof type === "string" ? type : NO_TYPE;
}

const NO_TYPE = "no content type";

/** A message that is not JSON, or not JSON-RPC. */
export function isMalformed(error: unknown): boolean {
  return error instanceof Error && ["SyntaxError", "ZodError", "$ZodError"].includes(error.name);
}
