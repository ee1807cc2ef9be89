/** What an answer means that is not the file that was asked for. */
import { parseRetryAfter } from "../../resilience/retry-after.ts";
import { publicAddress } from "./address.ts";
import { PullError } from "./problem.ts";

/** Who was asked, and as whom. */
export interface Asked {
  url: URL;
  endpoint: URL;
  token?: string;
  /** Milliseconds since the Unix epoch. */
  wallNow: number;
}

/** The hub's own word for why it says no, such as `GatedRepo`. */
const ERROR_CODE = "x-error-code";

/** The error for an answer by its status, and by the hub's own word: never by the text of a message. */
export function refusal(asked: Asked, { status, headers }: Pick<Response, "status" | "headers">): PullError {
  const address = publicAddress(asked.url);
  const code = headers.get(ERROR_CODE) ?? "";
  if (["RepoNotFound", "EntryNotFound", "RevisionNotFound"].includes(code) || [404, 410].includes(status)) {
    return new PullError("not_found", `there is nothing at ${address} (${status})`, {
      advice: notFoundAdvice(asked),
    });
  }
  if (code === "GatedRepo" || status === 403) {
    return new PullError("gated", `${address} may not be read (${status})`, { advice: gatedAdvice(asked) });
  }
  if (status === 401) {
    return new PullError("auth", `${address} asks who you are (401)`, { advice: tokenAdvice(asked) });
  }
  if (status === 429 || status === 408 || status >= 500) return passing(asked, status, headers);
  return new PullError("refused", `${address} was refused (${status})`);
}

function passing({ url, wallNow }: Asked, status: number, headers: Headers): PullError {
  const askedMs = parseRetryAfter(headers, wallNow);
  const what = status === 429 ? "limits the rate of requests" : "failed";
  return new PullError("unavailable", `${url.origin} ${what} (${status})`, {
    advice: "try again later",
    ...(askedMs !== undefined && { askedMs }),
  });
}

const ANOTHER_ADDRESS = "it needs an address that lets you in";

function isHub({ url, endpoint }: Asked): boolean {
  return url.origin === endpoint.origin;
}

function notFoundAdvice(asked: Asked): string {
  const mayBePrivate = isHub(asked) && asked.token === undefined;
  return mayBePrivate ? "check the name; what is private needs HF_TOKEN" : "check the name";
}

function gatedAdvice(asked: Asked): string {
  if (!isHub(asked)) return ANOTHER_ADDRESS;
  const accept = `accept its conditions at ${asked.endpoint.origin}`;
  return asked.token === undefined ? `${accept}, and set HF_TOKEN` : `${accept} with the account of HF_TOKEN`;
}

function tokenAdvice(asked: Asked): string {
  if (!isHub(asked)) return ANOTHER_ADDRESS;
  return asked.token === undefined
    ? "it does not exist, or is private: set HF_TOKEN to a token that may read it"
    : "it does not exist, or HF_TOKEN may not read it";
}
