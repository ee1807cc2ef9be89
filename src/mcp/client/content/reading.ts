/** Reading a resource, and what it means when a server does not have it. */
import type { Client, RequestOptions } from "@modelcontextprotocol/client";
import { unknownName } from "./names.ts";
import { expectOffer, LISTERS } from "./offers.ts";
import type { ResourceContents } from "./port.ts";
import { makes } from "./template.ts";

/** Servers of earlier revisions say so by a code of its own, others that the only parameter is invalid. */
const RESOURCE_NOT_FOUND = -32_002;
const INVALID_PARAMETERS = -32_602;

/** Reads a resource as it is now. Throws UsageError for one that the server does not have. */
export async function readResource(
  client: Client,
  server: string,
  uri: string,
  options: RequestOptions,
): Promise<ResourceContents[]> {
  expectOffer(client, server, "resources");
  try {
    return (await client.readResource({ uri }, { ...options, cacheMode: "bypass" })).contents;
  } catch (error) {
    if (!(await saysInvalid(error))) throw error;
    const { resources, templates } = await offered(client, options);
    const known = resources.map((resource) => resource.uri);
    const made = await Promise.all(templates.map(({ uriTemplate }) => makes(uriTemplate, uri)));
    // One that it says it has is not unknown, whatever is wrong with it.
    if (known.includes(uri) || (made.includes(true) && !(await saysNotFound(error)))) throw error;
    throw unknownName(server, "resource", uri, known);
  }
}

async function offered(client: Client, options: RequestOptions) {
  const [resources, templates] = await Promise.all([
    LISTERS.resources(client, options),
    LISTERS.templates(client, options),
  ]);
  return { resources, templates };
}

async function saysInvalid(error: unknown): Promise<boolean> {
  const { ProtocolError } = await import("@modelcontextprotocol/client");
  if (!(error instanceof ProtocolError)) return false;
  return error.code === INVALID_PARAMETERS || error.code === RESOURCE_NOT_FOUND;
}

/** Beyond doubt: by the code of its own, or by naming the address in the data and nothing else. */
async function saysNotFound(error: unknown): Promise<boolean> {
  const { ProtocolError, ResourceNotFoundError } = await import("@modelcontextprotocol/client");
  if (error instanceof ResourceNotFoundError) return true;
  return error instanceof ProtocolError && error.code === RESOURCE_NOT_FOUND;
}
