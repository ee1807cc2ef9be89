/** A home in which each API of the loopback server is a provider of its name: `-m responses/hello`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Api } from "../fixtures/model-server/record.ts";
import type { Script } from "../fixtures/model-server/script.ts";
import type { ModelServer } from "../fixtures/model-server/server.ts";
import { type Home, homeWithModel } from "./harness.ts";

export const APIS: readonly Api[] = ["anthropic", "openai", "responses"];

/** In the environment of each run; no output and no file may ever hold it. */
export const SECRET = "sk-loopback-0123456789abcdef0123";

const KINDS: Readonly<Record<Api, string>> = {
  anthropic: 'kind = "anthropic"',
  openai: 'kind = "openai"\napi = "chat"',
  responses: 'kind = "openai"\napi = "responses"',
};

/** The configuration of the three providers; `more` is added to each, as for limits of time. */
export function providersAt({ url, openaiUrl }: Pick<ModelServer, "url" | "openaiUrl">, more = ""): string {
  return APIS.map((api) => {
    const baseUrl = api === "anthropic" ? url : openaiUrl;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: mcpchat puts the variable in.
    const key = "${LOOPBACK_KEY}";
    return `[providers.${api}]\n${KINDS[api]}\nbase_url = "${baseUrl}"\napi_key = "${key}"\n${more}\n`;
  }).join("\n");
}

export function homeWithApis(script?: Script, more = ""): { home: Home; model: ModelServer } {
  const { home, model } = homeWithModel(script);
  home.env.LOOPBACK_KEY = SECRET;
  home.configure(providersAt(model, more));
  return { home, model };
}

/** The files of a home that hold the secret. */
export function filesWithSecret(home: Home): string[] {
  const entries = readdirSync(home.folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((file) => readFileSync(file).includes(SECRET));
}
