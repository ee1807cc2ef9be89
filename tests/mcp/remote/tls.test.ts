import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { HttpServer } from "../../fixtures/mcp-http/server.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { type Certificate, makeCertificate } from "./certificates.ts";

const script = fileURLToPath(new URL("../../fixtures/mcp-http/list-tools.ts", import.meta.url));
/** What comes of listing the tools of a server with this certificate, in a process that trusts it or does not. */
async function listOver({ key, cert }: Certificate, trusted: boolean): Promise<string> {
  await using server = new HttpServer({ tls: { key: Bun.file(key), cert: Bun.file(cert) } });
  const child = Bun.spawn([process.execPath, script, server.url.replace("127.0.0.1", "localhost")], {
    env: { ...process.env, ...(trusted && { NODE_EXTRA_CA_CERTS: cert }) },
    stdout: "pipe",
    stderr: "inherit",
  });
  return (await new Response(child.stdout).text()).trim().replace(/:\d+\)/u, ":PORT)");
}

test("a certificate that signs itself is told, and with what it is trusted", async () => {
  const certificate = await makeCertificate(temporaryFolder(), "localhost");
  expect(await listOver(certificate, false)).toBe(
    "cannot be reached: its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT) (https://localhost:PORT); " +
      "if you trust it, name its certificate in NODE_EXTRA_CA_CERTS",
  );
  expect(await listOver(certificate, true)).toBe("echo");
});

test("a certificate for another host is told", async () => {
  expect(await listOver(await makeCertificate(temporaryFolder(), "elsewhere.test"), true)).toBe(
    "cannot be reached: its certificate is for another host name (ERR_TLS_CERT_ALTNAME_INVALID) " +
      "(https://localhost:PORT); use the name in the certificate",
  );
});

test("a certificate that has expired is told", async () => {
  expect(await listOver(await makeCertificate(temporaryFolder(), "localhost", true), true)).toBe(
    "cannot be reached: its certificate has expired (CERT_HAS_EXPIRED) (https://localhost:PORT); " +
      "it has to be renewed there, or this clock is wrong",
  );
});
