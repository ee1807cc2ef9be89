/** Which key a provider gets, of those that there are. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { storedKeys } from "../../src/app/keys.ts";
import { openKeys } from "../../src/config/keys.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const { signal } = new AbortController();

async function place(env: Record<string, string> = {}) {
  const keysFile = join(temporaryFolder(), "keys.json");
  await openKeys({ file: keysFile }).write("openai", "stored", signal);
  return storedKeys({ paths: { keysFile }, env });
}

test("what is kept is used where neither the configuration nor the environment has one", async () => {
  expect(await (await place()).fill({ name: "openai" })).toEqual({ name: "openai", apiKey: "stored" });
  const configured = { name: "openai", apiKey: "configured" };
  expect(await (await place()).fill(configured)).toEqual(configured);
  const inEnvironment = await place({ OPENAI_API_KEY: "of the environment".replaceAll(" ", "-") });
  expect(await inEnvironment.fill({ name: "openai" })).toEqual({ name: "openai" });
  const empty = await place({ OPENAI_API_KEY: " " });
  expect(await empty.fill({ name: "openai" })).toHaveProperty("apiKey", "stored");
});

test("nobody else gets it, and least a project's address", async () => {
  const keys = await place();
  expect(await keys.fill({ name: "constructor" })).toEqual({ name: "constructor" });
  const foreign = { name: "openai", baseUrl: "http://elsewhere/v1", ownKeyOnly: true };
  expect(await keys.fill(foreign)).toEqual(foreign);
  const unusable = { name: "openai", problem: "a variable is not set" };
  expect(await keys.fill(unusable)).toEqual(unusable);
});

test("that there is one is known without a keychain", async () => {
  const keys = await place();
  expect([keys.has("openai"), keys.has("groq"), keys.has("constructor")]).toEqual([true, false, false]);
});
