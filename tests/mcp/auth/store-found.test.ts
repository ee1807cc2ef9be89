/** Files of credentials that somebody else has laid hands on. */
import { expect, test } from "bun:test";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logout } from "../../../src/mcp/client/auth/logout.ts";
import { fileStore } from "../../../src/mcp/client/auth/store.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { remoteConfig } from "./person.ts";

const SERVER = "https://mcp.example/mcp";

/** A store with a login, and its file. */
async function kept() {
  const folder = temporaryFolder();
  const store = fileStore({ folder });
  const client = { client_id: "us", issuer: "https://login.example" };
  await store.write({ server: SERVER, issuer: client.issuer, issuers: { [client.issuer]: { client } } });
  const files = () => readdirSync(folder).filter((name) => name.endsWith(".json"));
  return { store, files, file: join(folder, files()[0] ?? "") };
}

test("one that others may read is for its owner alone once it is found", async () => {
  const { store, file } = await kept();
  chmodSync(file, 0o644);
  await store.read(SERVER);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("one that is damaged goes with a logout", async () => {
  const { store, file, files } = await kept();
  writeFileSync(file, "{");
  const { signal } = new AbortController();
  expect(await logout(remoteConfig(SERVER), { store, signal })).toBe("damaged");
  expect(files()).toEqual([]);
});
