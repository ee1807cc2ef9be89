/** What tools cost: they go along with every request to the model, used or not. */
import type { CatalogueTool } from "../port.ts";

export interface Cost {
  server: string;
  tools: number;
  /** Of their names, descriptions and schemas as JSON; how a provider writes them adds a little. */
  bytes: number;
  /** Roughly: each model counts in its own way. */
  tokens: number;
}

/** For JSON in English. */
const BYTES_PER_TOKEN = 4;

/** The cost of each server's tools, the dearest first. */
export function costsOf(tools: readonly CatalogueTool[]): Cost[] {
  return [...Map.groupBy(tools, ({ server }) => server)]
    .map(([server, list]) => costOf(server, list))
    .sort((one, other) => other.bytes - one.bytes);
}

function costOf(server: string, tools: readonly CatalogueTool[]): Cost {
  const bytes = tools.map(({ qualifiedName, description, inputSchema }) =>
    Buffer.byteLength(JSON.stringify({ name: qualifiedName, description, input_schema: inputSchema })),
  );
  const sum = bytes.reduce((all, size) => all + size, 0);
  return { server, tools: tools.length, bytes: sum, tokens: Math.ceil(sum / BYTES_PER_TOKEN) };
}

export function totalOf(costs: readonly Cost[]): Omit<Cost, "server"> {
  const sum = (of: (cost: Cost) => number) => costs.reduce((all, cost) => all + of(cost), 0);
  return {
    tools: sum((cost) => cost.tools),
    bytes: sum((cost) => cost.bytes),
    tokens: sum((cost) => cost.tokens),
  };
}
