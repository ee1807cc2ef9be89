/** Failures of the SDK in words for people: its own quote schemas, whole lists of what does not fit them as JSON. */
import type { Client } from "@modelcontextprotocol/client";

/** An answer that is not what the method has; the message says so in one line. */
class UnusableResult extends Error {
  override readonly name = "UnusableResult";
}

/** Lets every request of this client throw UnusableResult for an answer that makes no sense. */
export async function nameUnusableResults(client: Client): Promise<void> {
  const { SdkError, SdkErrorCode } = await import("@modelcontextprotocol/client");
  const ask = client.request.bind(client) as Ask; // The overloads of `request`, as far as it is used here.
  const request: Ask = (asked, ...rest) =>
    ask(asked, ...rest).catch((error: unknown) => {
      if (!(error instanceof SdkError) || error.code !== SdkErrorCode.InvalidResult) throw error;
      const place = placeIn(error.message);
      const where = place === undefined ? "" : `: ${place}`;
      const words = `answered ${asked.method} with something that is no result${where}`;
      throw new UnusableResult(words, { cause: error });
    });
  client.request = request as Client["request"]; // The same function, with another error.
}

type Ask = (asked: { method: string }, ...rest: never[]) => Promise<unknown>;

/** What went wrong with a request, in one line. */
export async function wordsFor(error: unknown): Promise<string> {
  const { SdkError, SdkErrorCode } = await import("@modelcontextprotocol/client");
  if (!(error instanceof SdkError)) return error instanceof Error ? error.message : String(error);
  switch (error.code) {
    case SdkErrorCode.InputRequiredRoundsExceeded:
      return `it asked more than ${roundsIn(error.data)} times in a row`;
    case SdkErrorCode.UnsupportedResultType:
      return "it answered with a kind of result that is not known";
    case SdkErrorCode.CapabilityNotSupported:
    case SdkErrorCode.MethodNotSupportedByProtocolVersion:
      return "it cannot do that";
    case SdkErrorCode.InvalidResult:
      return "it answered with something that makes no sense";
    default:
      return error.message;
  }
}

function roundsIn(data: unknown): number {
  const rounds = typeof data === "object" && data !== null && "rounds" in data ? data.rounds : undefined;
  return typeof rounds === "number" ? rounds : 1;
}

/** The SDK has no other place for what its schemas found than JSON inside of a sentence: `content[0].data`. */
function placeIn(message: string): string | undefined {
  const path = firstPath(message.slice(message.indexOf("[")));
  const place = path?.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return place?.replace(/^\./u, "");
}

function firstPath(json: string): readonly unknown[] | undefined {
  try {
    const issues: unknown = JSON.parse(json);
    const first: unknown = Array.isArray(issues) ? issues[0] : undefined;
    const path = typeof first === "object" && first !== null && "path" in first ? first.path : undefined;
    return Array.isArray(path) && path.length > 0 ? path : undefined;
  } catch {
    return undefined;
  }
}
