/** `mcpchat sessions cost`. */
import type { App } from "../app/app.ts";
import { openPrices } from "../app/prices.ts";
import type { Environment } from "../config/paths.ts";
import { singleLine } from "../lib/text-layout.ts";
import { midnightBefore } from "../pricing/days.ts";
import { type CostReport, costJson, costReport, costText } from "../pricing/report.ts";
import type { SessionSummary } from "../session/port.ts";
import { type Command, worldOf } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { integerOption, parseOptions } from "./parse.ts";
import { print, printJson } from "./print.ts";
import { findSession } from "./session-choice.ts";
import { withApp } from "./with-app.ts";

const OPTIONS = {
  days: { type: "string", valueHint: "N", description: "Of the last N days, today included" },
  json: { type: "boolean", description: "As JSON" },
  ...COMMON_OPTIONS,
} as const;

export const costCommand: Command = {
  meta: {
    name: "cost",
    description: "Say what models were asked and what that cost, today and ever, of a conversation or of all",
  },
  args: {
    ...OPTIONS,
    id: { type: "positional", required: false, description: "Id or name of a conversation; all if absent" },
  },
  async run(context) {
    const { values, positionals } = parseOptions(context.rawArgs, OPTIONS, 1);
    const days = integerOption("days", values.days, 1, MOST_DAYS);
    const { env } = worldOf(context);
    const cost = await withApp(context, values, (app) => costOf(app, env, positionals[0], days));
    if (values.json) await printJson(asJson(cost));
    else await print(asText(cost));
    return 0;
  },
};

const MOST_DAYS = 36_500;

interface Cost {
  session?: SessionSummary;
  /** Milliseconds since the Unix epoch; absent for ever. */
  since?: number;
  days?: number;
  today: CostReport;
  all: CostReport;
}

/** Throws UsageError when there is no such session, and StoreError. */
async function costOf(app: App, env: Environment, reference?: string, days?: number): Promise<Cost> {
  const store = await app.services.need("store");
  const session = reference === undefined ? undefined : findSession(store, reference);
  const now = Date.now();
  const today = midnightBefore(now);
  const since = days === undefined ? undefined : midnightBefore(now, days - 1);
  const entries = store.spending.entries({
    ...(session && { sessionId: session.id }),
    ...(since !== undefined && { since }),
  });
  const book = await openPrices(app, env);
  return {
    ...(session && { session }),
    ...(since !== undefined && { since }),
    ...(days !== undefined && { days }),
    today: costReport(
      entries.filter(({ at }) => at >= today),
      book,
    ),
    all: costReport(entries, book),
  };
}

function asText({ session, days, today, all }: Cost): string {
  const { name, title = "" } = session ?? {};
  const of = session
    ? `${session.id}  ${singleLine(name === undefined ? title : `[${name}] ${title}`, 80)}\n\n`
    : "";
  const period = days === undefined ? "ever" : days === 1 ? "today" : `the last ${days} days`;
  const whole = `${period}:\n${costText(all)}`;
  return days === 1 ? of + whole : `${of}today:\n${costText(today)}\n${whole}`;
}

function asJson({ session, since, today, all }: Cost): object {
  return {
    session: session?.id ?? null,
    since: since === undefined ? null : new Date(since).toISOString(),
    today: costJson(today),
    all: costJson(all),
  };
}
