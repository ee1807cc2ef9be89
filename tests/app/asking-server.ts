/** The lines of a configuration for the server that asks what it is told to. */
import { fileURLToPath } from "node:url";

const ASKING = fileURLToPath(new URL("../fixtures/mcp-servers/asking.mjs", import.meta.url));

export function askingServer(more = ""): string {
  return `[mcp.servers.asking]\ncommand = "node"\nargs = [${JSON.stringify(ASKING)}]\n${more}\n`;
}

/** Arguments for the tool `ask`: a sampling request. */
export function samplingCall(text: string, more: object = {}) {
  const messages = [{ role: "user", content: { type: "text", text } }];
  return { method: "sampling/createMessage", params: { messages, maxTokens: 60, ...more } };
}
