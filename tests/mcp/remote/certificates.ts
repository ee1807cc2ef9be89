/** Certificates that sign themselves, for the tests of what is wrong with them. */
import { join } from "node:path";

export interface Certificate {
  /** The paths of both, in PEM. */
  key: string;
  cert: string;
}

/** Makes one for a host in a folder; one that has expired did so in 2020. Needs openssl. */
export async function makeCertificate(folder: string, host: string, expired = false): Promise<Certificate> {
  const at = (name: string) => join(folder, `${host}-${expired}-${name}`);
  const [key, cert, request, settings] = [at("key.pem"), at("cert.pem"), at("request.pem"), at("ca.conf")];
  await Bun.write(settings, settingsOf(host, at));
  await Bun.write(at("index"), "");
  await openssl(
    "req",
    "-new",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    key,
    "-out",
    request,
    "-subj",
    `/CN=${host}`,
  );
  const end = expired ? "20200102000000Z" : "21200101000000Z";
  await openssl(
    ...["ca", "-batch", "-selfsign", "-config", settings, "-keyfile", key, "-in", request, "-out", cert],
    ...["-notext", "-startdate", "20200101000000Z", "-enddate", end],
  );
  return { key, cert };
}

function settingsOf(host: string, at: (name: string) => string): string {
  return `[ca]
default_ca = own
[own]
database = ${at("index")}
new_certs_dir = ${join(at("index"), "..")}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:${host}
basicConstraints = CA:TRUE
`;
}

async function openssl(...args: string[]): Promise<void> {
  const child = Bun.spawn(["openssl", ...args], { stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(said);
}
