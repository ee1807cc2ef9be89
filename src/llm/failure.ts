import { parseRetryAfter } from "../resilience/retry-after.ts";
import { fields, list, parseJson, text } from "./fields.ts";

/** What a provider said when it failed, before it is sorted. */
export interface Failure {
  /** The HTTP status, or what stands for it in an error inside a stream. */
  status?: number;
  /** The provider's words for the kind of error (`type`, `code`), lower case, the most exact first. */
  types: readonly string[];
  /** The provider's own words for the user, as they came. */
  words: string;
  retryAfterMs?: number;
  /** Where a redirect points. */
  location?: string;
}

/** A response that is not an answer, and the beginning of its body. */
export interface Refusal {
  status: number;
  headers: Headers;
  body: string;
}

/** A year: whoever asks for more means that it will never be. */
const LONGEST_ASKED_MS = 365 * 24 * 3_600_000;

export function failureOfResponse(refusal: Refusal, wallNow: number): Failure {
  const parsed = parseJson(refusal.body);
  const said = parsed === undefined ? { types: [], words: pageTitle(refusal.body) } : failureOfBody(parsed);
  const askedMs = parseRetryAfter(refusal.headers, wallNow);
  const retryAfterMs = askedMs === undefined ? undefined : Math.min(askedMs, LONGEST_ASKED_MS);
  const location = refusal.headers.get("location");
  return {
    ...said,
    status: refusal.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(location ? { location } : {}),
  };
}

/**
 * The error in a JSON body or an event of a stream. Anthropic and OpenAI put an object under `error`, Ollama a
 * string, FastAPI servers a `detail`, and Gemini puts all of it into a list; servers behind OpenRouter and vLLM use
 * numbers as codes.
 */
export function failureOfBody(body: unknown): Failure {
  const outer = fields(Array.isArray(body) ? body[0] : body);
  const inner = outer.error === undefined ? outer : fields(outer.error);
  const words = wordsOf(body) || wholeOf(body);
  const status = Number(inner.code ?? inner.status);
  const types = [fields(inner.details).error_code, inner.code, inner.type];
  return {
    types: types.map((type) => text(type).toLowerCase()).filter((type) => type !== ""),
    words,
    ...(status >= 400 && status < 600 ? { status } : {}),
  };
}

/** As deep as the words of any provider are. */
const DEEPEST = 6;

/** The words for people in an error, wherever they are: Mistral's `message` is an object, FastAPI's `detail` a list. */
function wordsOf(said: unknown, depth = 0): string {
  if (typeof said === "string") return said;
  if (depth > DEEPEST) return "";
  const deeper = (value: unknown) => wordsOf(value, depth + 1);
  if (Array.isArray(said)) return said.map(deeper).filter(Boolean).join("; ");
  const { error, message, detail, msg, loc, errors } = fields(said);
  const place = list(loc).join(".");
  if (typeof msg === "string") return place ? `${place}: ${msg}` : msg;
  return [error, message, detail, errors].map(deeper).find(Boolean) ?? "";
}

/** An error without any words that are known is better shown as it is than not at all. */
function wholeOf(body: unknown): string {
  if (typeof body !== "object" || body === null || Object.keys(body).length === 0) return "";
  try {
    return JSON.stringify(body);
  } catch {
    // Nested deeper than JSON.stringify goes, though JSON.parse did.
    return "";
  }
}

/** A body that is not JSON: a proxy's page says most in its title. */
function pageTitle(body: string): string {
  if (!body.trimStart().startsWith("<")) return body;
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1]?.trim();
  return title ? `a web page, "${title}"` : "a web page";
}
