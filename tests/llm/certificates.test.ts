/** A provider whose certificate is not accepted: it is asked once, and the user is told what to do. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { guarded } from "../../src/llm/guard.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { makeCertificate } from "../mcp/remote/certificates.ts";
import { ask, providerAt, WIRES } from "./ask.ts";

setDefaultTimeout(60_000);

test.each([
  [false, "its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)", "NODE_EXTRA_CA_CERTS"],
  [
    true,
    "its certificate has expired (CERT_HAS_EXPIRED)",
    "it has to be renewed there, or this clock is wrong",
  ],
])("a certificate that nobody vouches for, or not any more (%p)", async (expired, words, advice) => {
  const { key, cert } = await makeCertificate(temporaryFolder(), "localhost", expired);
  const tls = { key: Bun.file(key), cert: Bun.file(cert) };
  await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls, fetch: () => new Response("seen") });
  const url = `https://localhost:${server.port}`;
  for (const wire of WIRES) {
    const events = await ask(guarded(providerAt(wire, { url, openaiUrl: `${url}/v1` })));
    expect<object[]>(events).toEqual([{ type: "failed", error: expect.anything() }]);
    expect(events[0]).toMatchObject({
      error: {
        kind: "network",
        retry: "no",
        exitCode: 5,
        message: expect.stringContaining(`${wire}/loopback cannot be reached: ${words}`),
        advice: expect.stringContaining(advice),
      },
    });
  }
});
