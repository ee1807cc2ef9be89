/** What a server has against a request, out of the answer that it gives. */
import { oneLine } from "../text.ts";

/** An answer that is no success, where the SDK has no class for it. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  constructor(
    readonly status: number,
    /** In the server's words; may be empty. */
    readonly reason: string,
    /** Where a redirection points to, without what may be secret in it. */
    readonly location?: string,
  ) {
    super(`HTTP ${status}`);
  }
}

/** The server's words in a body: of JSON-RPC, of OAuth, of the usual frameworks, or as they are; none in a web page. */
export function reasonIn(text: string | undefined): string {
  const plain = text?.trim() ?? "";
  if (plain === "" || plain.startsWith("<")) return "";
  return oneLine(wordsOf(parse(plain)) ?? (/^[{[]/u.test(plain) ? "" : plain), 200);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordsOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const name of ["error_description", "message", "detail", "error"]) {
    const words = name in value ? wordsOf(Reflect.get(value, name)) : undefined;
    if (words !== undefined) return words;
  }
  return undefined;
}
