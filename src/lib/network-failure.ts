/** What keeps a request from reaching a server, by the code of the system's error, in words for people. */

export interface NetworkFailure {
  /** Such as `ECONNREFUSED`; empty when there is none. */
  code: string;
  /** Such as `connection refused`: the code itself where no better words are known. */
  words: string;
  /** What to do about it, where the network is not to blame. */
  advice?: string;
  /** The server's certificate is not accepted: another try would not mend it. */
  certificate: boolean;
  /** The server has surely not seen the request. */
  undelivered: boolean;
}

const UNDELIVERED: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ENOTFOUND", "host not found"],
  ["EAI_AGAIN", "host not found, the name server does not answer"],
  ["ENETUNREACH", "network unreachable"],
  ["EHOSTUNREACH", "host unreachable"],
  ["EPROTO", "the server does not speak TLS on this port"],
  ["ERR_INVALID_URL", "the address makes no sense"],
]);

const OTHERS: ReadonlyMap<string, string> = new Map([
  ["ERR_PROXY_TUNNEL", "it refuses to connect to the server"],
  ["UnsupportedProxyProtocol", "only proxies of http and https can be used"],
  ["ECONNRESET", "connection reset"],
  ["EPIPE", "connection reset"],
  ["ETIMEDOUT", "connection timed out"],
  // The runtime's own names.
  ["Malformed_HTTP_Response", "what answers does not speak HTTP"],
  ["InvalidHTTPResponse", "its answer breaks the rules of HTTP"],
  ["UnexpectedRedirect", "it redirects, which is not followed"],
  ["ZlibError", "its answer is not packed as it says"],
  ["BrotliDecompressionError", "its answer is not packed as it says"],
]);

const TRUST = "if you trust it, name its certificate in NODE_EXTRA_CA_CERTS";
const INTERMEDIATES =
  "if you trust it, name its issuer's certificate in NODE_EXTRA_CA_CERTS; it may also lack an intermediate one";

const CERTIFICATES: ReadonlyMap<string, { words: string; advice: string }> = new Map([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", { words: "its certificate is self-signed", advice: TRUST }],
  ["SELF_SIGNED_CERT_IN_CHAIN", { words: "its certificate has a self-signed issuer", advice: TRUST }],
  ["UNABLE_TO_GET_ISSUER_CERT", { words: "the issuer of its certificate is unknown", advice: INTERMEDIATES }],
  [
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    { words: "the issuer of its certificate is unknown", advice: INTERMEDIATES },
  ],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    { words: "the issuer of its certificate is unknown", advice: INTERMEDIATES },
  ],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    { words: "its certificate is for another host name", advice: "use the name in the certificate" },
  ],
  [
    "CERT_HAS_EXPIRED",
    { words: "its certificate has expired", advice: "it has to be renewed there, or this clock is wrong" },
  ],
  [
    "CERT_NOT_YET_VALID",
    { words: "its certificate is not valid yet", advice: "it is from the future, or this clock is wrong" },
  ],
  ["CERT_REVOKED", { words: "its certificate is revoked", advice: "it has to be replaced there" }],
  [
    "CERT_UNTRUSTED",
    { words: "its certificate is not trusted", advice: "if you do, name it in NODE_EXTRA_CA_CERTS" },
  ],
]);

/** Sorts an error of `fetch`, or one that is caused by it. */
export function networkFailure(error: unknown): NetworkFailure {
  const code = codeOf(error);
  const certificate = CERTIFICATES.get(code);
  if (certificate) {
    const { words, advice } = certificate;
    return { code, words: `${words} (${code})`, advice, certificate: true, undelivered: true };
  }
  const undelivered = UNDELIVERED.get(code);
  const words = undelivered ?? OTHERS.get(code) ?? (code || "no connection");
  return { code, words, certificate: false, undelivered: undelivered !== undefined };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error.cause);
}
