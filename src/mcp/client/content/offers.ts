/** The lists of what a server offers. */
import type { Client, RequestOptions } from "@modelcontextprotocol/client";
import { UsageError } from "../../../lib/errors.ts";
import type { Offers } from "./port.ts";

type Lister<T> = (client: Client, options: RequestOptions) => Promise<T[]>;

/** A list of an earlier answer is no answer to what there is now. */
const FRESH = { cacheMode: "refresh" } as const;

/** The whole list of a kind, all its pages; asks nothing of a server that does not know the kind. */
export const LISTERS: { [K in keyof Offers]: Lister<Offers[K]> } = {
  async resources(client, options) {
    if (!offers(client, "resources")) return [];
    return orNone(async () => (await client.listResources(undefined, { ...options, ...FRESH })).resources);
  },
  async templates(client, options) {
    if (!offers(client, "resources")) return [];
    return orNone(
      async () => (await client.listResourceTemplates(undefined, { ...options, ...FRESH })).resourceTemplates,
    );
  },
  async prompts(client, options) {
    if (!offers(client, "prompts")) return [];
    return orNone(async () => (await client.listPrompts(undefined, { ...options, ...FRESH })).prompts);
  },
};

/** A capability does not say which of its lists there are: many servers with resources know nothing of templates. */
async function orNone<T>(list: () => Promise<T[]>): Promise<T[]> {
  try {
    return await list();
  } catch (error) {
    const { ProtocolError, ProtocolErrorCode } = await import("@modelcontextprotocol/client");
    if (error instanceof ProtocolError && error.code === ProtocolErrorCode.MethodNotFound) return [];
    throw error;
  }
}

export function offers(client: Client, capability: "resources" | "prompts" | "completions"): boolean {
  return client.getServerCapabilities()?.[capability] !== undefined;
}

/** Throws UsageError unless the server offers anything of the kind. */
export function expectOffer(client: Client, server: string, capability: "resources" | "prompts"): void {
  if (!offers(client, capability)) throw new UsageError(`server ${server} has no ${capability}`);
}
