/** Packages for a build, from a registry on the loopback. */
import { expect, onTestFinished, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import { BuildFailure } from "../../scripts/build-failure.ts";
import { fetchPackage } from "../../scripts/fetch-package.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const NAME = "@natives/tiny";
const REQUEST = { name: NAME, version: "1.0.0", os: "win32", cpu: "arm64" };

/** A registry with one package, which counts its downloads; `corrupt` sends other bytes than it has promised. */
async function startRegistry({ corrupt = false } = {}) {
  const script = "throw new Error('no script of a package may run')";
  const manifest = {
    name: NAME,
    version: "1.0.0",
    os: ["win32"],
    cpu: ["arm64"],
    scripts: { postinstall: script },
  };
  const archive = new Bun.Archive(
    { "package/package.json": JSON.stringify(manifest), "package/bins/addon.node": "an addon" },
    { compress: "gzip" },
  );
  const bytes = await archive.bytes();
  const integrity = `sha512-${new Bun.CryptoHasher("sha512").update(bytes).digest("base64")}`;
  let downloads = 0;
  const server = Bun.serve({
    port: 0,
    fetch({ url }): Response {
      if (url.endsWith("/tiny.tgz")) {
        downloads++;
        return new Response(corrupt ? bytes.slice(0, bytes.length - 20) : bytes);
      }
      if (!decodeURIComponent(url).endsWith(`/${NAME}`)) return new Response("{}", { status: 404 });
      const dist = { tarball: new URL("/tiny.tgz", url).href, integrity };
      return Response.json({
        name: NAME,
        "dist-tags": { latest: "1.0.0" },
        versions: { "1.0.0": { ...manifest, dist } },
      });
    },
  });
  onTestFinished(() => server.stop(true));
  const env = {
    PATH: process.env.PATH,
    HOME: temporaryFolder(),
    BUN_INSTALL_CACHE_DIR: temporaryFolder(),
    BUN_CONFIG_REGISTRY: server.url.href,
  };
  return { env, downloads: () => downloads };
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BuildFailure);
  return error instanceof Error ? error.message : "";
}

test("a package for another system is fetched once", async () => {
  const { env, downloads } = await startRegistry();
  const store = join(temporaryFolder(), "store");
  const folder = await fetchPackage(store, REQUEST, env);
  expect(fs.readFileSync(join(folder, "bins/addon.node"), "utf8")).toBe("an addon");
  expect(await fetchPackage(store, REQUEST, env)).toBe(folder);
  expect(downloads()).toBe(1);
  expect(fs.readdirSync(store)).toEqual(["@natives+tiny@1.0.0"]);
});

test("a version that the registry does not have is told in one line, and nothing is left of it", async () => {
  const { env } = await startRegistry();
  const store = temporaryFolder();
  const line = await refusalOf(fetchPackage(store, { ...REQUEST, version: "2.0.0" }, env));
  expect(line).toMatch(
    /^cannot fetch @natives\/tiny 2\.0\.0: No version matching .+; check the network and the registry$/,
  );
  expect(fs.readdirSync(store)).toEqual([]);
});

test("a download that is not what the registry promised is refused, and tried again next time", async () => {
  const { env } = await startRegistry({ corrupt: true });
  const store = temporaryFolder();
  const line = await refusalOf(fetchPackage(store, REQUEST, env));
  expect(line).toStartWith("cannot fetch @natives/tiny 1.0.0: ");
  expect(line).not.toContain("\n");
  expect(fs.readdirSync(store)).toEqual([]);
  const sound = await startRegistry();
  expect(fs.existsSync(await fetchPackage(store, REQUEST, sound.env))).toBe(true);
});

test("a registry that cannot be reached is told in one line", async () => {
  const { env } = await startRegistry();
  const store = temporaryFolder();
  const away = { ...env, BUN_CONFIG_REGISTRY: "http://127.0.0.1:1/" };
  const line = await refusalOf(fetchPackage(store, REQUEST, away));
  expect(line).toStartWith("cannot fetch @natives/tiny 1.0.0: ");
  expect(line).toEndWith("; check the network and the registry");
  expect(fs.readdirSync(store)).toEqual([]);
});
