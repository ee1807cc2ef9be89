/** A connection to an address that was looked up here still asks for the certificate of the name. */
import { expect, onTestFinished, test } from "bun:test";
import { fetchAddress } from "../../../src/attachments/url/fetch-address.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { makeCertificate } from "../../mcp/remote/certificates.ts";
import { options, PUBLIC, refusal } from "./far-end.ts";

/** A server whose certificate is for a name, and the options of who trusts it. */
async function serveAs(name: string) {
  const { key, cert } = await makeCertificate(temporaryFolder(), name);
  const tls = { key: Bun.file(key), cert: Bun.file(cert) };
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls, fetch: ({ url }) => new Response(url) });
  onTestFinished(() => void server.stop(true));
  const trusting = options({
    fetch: (url, init) =>
      fetch(url.replace(PUBLIC, "127.0.0.1"), { ...init, tls: { ...init.tls, ca: Bun.file(cert) } }),
  });
  return { port: server.port, trusting };
}

test("the certificate of the name is taken", async () => {
  const { port, trusting } = await serveAs("pages.test");
  const { bytes } = await fetchAddress(`https://pages.test:${port}/a`, trusting);
  expect(Buffer.from(bytes).toString()).toBe(`https://pages.test:${port}/a`);
});

test("the certificate of another name is not, and neither is one that nobody vouches for", async () => {
  const { port, trusting } = await serveAs("elsewhere.test");
  expect(await refusal(fetchAddress(`https://pages.test:${port}/`, trusting))).toBe(
    `https://pages.test:${port}/: cannot be fetched: its certificate is for another host name ` +
      "(ERR_TLS_CERT_ALTNAME_INVALID); use the name in the certificate",
  );
  expect(await refusal(fetchAddress(`https://elsewhere.test:${port}/`, options()))).toContain(
    "its certificate is self-signed",
  );
});
