/** What requests came to, by model and in total: as a table and as JSON. Pure. */
import { addUsage, NO_USAGE, type Usage } from "../lib/conversation.ts";
import { singleLine } from "../lib/text-layout.ts";
import { dollars, rounded } from "./money.ts";
import type { PriceBook, Spent } from "./port.ts";

export interface CostSum {
  requests: number;
  usage: Usage;
  /** In US dollars, of the requests whose cost is known. */
  knownUsd: number;
  /** Of how many requests the cost is not known. */
  unknown: number;
}

export interface CostLine extends CostSum {
  provider: string;
  model: string;
}

export interface CostReport {
  /** In the order in which they were first asked. */
  models: CostLine[];
  total: CostSum;
}

const NOTHING: CostSum = { requests: 0, usage: NO_USAGE, knownUsd: 0, unknown: 0 };

export function costReport(entries: readonly Spent[], book: PriceBook): CostReport {
  const lines = new Map<string, CostLine>();
  let total = NOTHING;
  for (const entry of entries) {
    const { provider, model } = entry;
    const cost = book.cost(entry);
    const key = JSON.stringify([provider, model]);
    const line = lines.get(key) ?? { provider, model, ...NOTHING };
    lines.set(key, { ...line, ...added(line, entry.usage, cost) });
    total = added(total, entry.usage, cost);
  }
  return { models: [...lines.values()], total };
}

function added(
  { requests, usage, knownUsd, unknown }: CostSum,
  more: Usage,
  cost: number | undefined,
): CostSum {
  return {
    requests: requests + 1,
    // Tokens are what providers reported.
    usage: more.estimated ? usage : addUsage(usage, more),
    knownUsd: knownUsd + (cost ?? 0),
    unknown: unknown + (cost === undefined ? 1 : 0),
  };
}

/** What is not wholly known is said to be so. */
export function costWords({ knownUsd, unknown, requests }: CostSum): string {
  if (unknown === 0) return dollars(knownUsd);
  return unknown === requests ? "unknown" : `at least ${dollars(knownUsd)}`;
}

const HEADINGS = ["", "requests", "in", "out", "cache read", "cache write", "cost"] as const;
const NAME_COLUMNS = 48;

/** A table, with a total under more than one model. */
export function costText({ models, total }: CostReport): string {
  if (models.length === 0) return "no model was asked\n";
  const named = models.map((line) => row(singleLine(`${line.provider}/${line.model}`, NAME_COLUMNS), line));
  const rows = [[...HEADINGS], ...named, ...(models.length > 1 ? [row("total", total)] : [])];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((cells) => Bun.stringWidth(cells[column] ?? ""))),
  );
  const lines = rows.map((cells) =>
    cells.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join("  "),
  );
  return `${lines.join("\n")}\n`;
}

function row(name: string, sum: CostSum): string[] {
  const { input, output, cacheRead, cacheWrite } = sum.usage;
  const counts = [sum.requests, input, output, cacheRead, cacheWrite].map((count) =>
    count.toLocaleString("en-US"),
  );
  return [name, ...counts, costWords(sum)];
}

function pad(cell: string, width: number, isLeft: boolean): string {
  const space = " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
  return isLeft ? cell + space : space + cell;
}

/** `cost_usd` is null where something is unknown; `known_usd` is what is known of it. */
export function costJson({ models, total }: CostReport): { models: object[]; total: object } {
  return {
    models: models.map((line) => ({ provider: line.provider, model: line.model, ...sumJson(line) })),
    total: sumJson(total),
  };
}

function sumJson({ requests, usage, knownUsd, unknown }: CostSum): object {
  const { input, output, cacheRead, cacheWrite } = usage;
  return {
    requests,
    usage: { input, output, cache_read: cacheRead, cache_write: cacheWrite },
    cost_usd: unknown === 0 ? rounded(knownUsd) : null,
    known_usd: rounded(knownUsd),
  };
}
