/** What the commands about servers share: options, and how a server is shown. */
import { errorObject } from "../chat/report/summary.ts";
import type { McpServerConfig } from "../config/configuration.ts";
import { UserError } from "../lib/errors.ts";
import { printJson } from "./print.ts";

export const JSON_OPTION = { type: "boolean", description: "As JSON" } as const;
export const PID_OPTION = {
  type: "string",
  valueHint: "PID",
  description: "Of this chat; of the one started last if absent",
} as const;

/** Arguments, queries and user parts of addresses are where people put tokens, and variables are expanded by now. */
export function publicPart(server: McpServerConfig): string {
  if (server.transport === "stdio") return server.command;
  if (!URL.canParse(server.url)) return server.transport;
  const { origin, pathname } = new URL(server.url);
  return `${origin}${pathname}`;
}

/** What `work` returns. Whoever reads JSON reads it of a failure too. */
export async function tellingJson<T>(values: { json?: boolean }, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (values.json && error instanceof UserError) await printJson({ error: errorObject(error) });
    throw error;
  }
}
