/** Answers what servers ask: by the person at the terminal, by the model, and by the configuration. */
import { homedir } from "node:os";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Notify } from "../lib/notice.ts";
import type { LogLevel } from "../mcp/client/config.ts";
import { Allowance } from "../mcp/client/requests/allowance.ts";
import type { Counterpart, LogEntry, Question } from "../mcp/client/requests/counterpart.ts";
import { createPrepare, type Prepare } from "../mcp/client/requests/prepare.ts";
import { oneLine } from "../mcp/client/text.ts";
import type { App, AppOptions } from "./app.ts";
import type { Asking } from "./asking.ts";
import { askInTurn } from "./question.ts";
import { createRoots, type RootsOptions } from "./roots.ts";
import { createSampling } from "./sampling.ts";

/** Readies the clients of all servers. The app is asked for once a server asks. */
export function answersOf({ world, notify }: AppOptions, asking: Asking, app: () => App): Prepare {
  const line: CounterpartOptions["line"] = (server, text) =>
    app().serverLogs.line(server, oneLine(text, LONGEST_LINE));
  const counterpart = createCounterpart({
    asking,
    notify,
    line,
    config: () => app().services.current("config"),
    cwd: world.cwd,
    home: world.env.HOME ?? homedir(),
    sample: createSampling({ app, env: world.env, line }),
  });
  return createPrepare(counterpart);
}

interface CounterpartOptions extends RootsOptions {
  asking: Asking;
  notify: Notify;
  sample: Counterpart["sample"];
  /** Writes a line to the log of a server. */
  line: (server: string, text: string) => void;
  clock?: Clock;
}

/** Lines of one server's log that are shown within a minute; all of them are in its log. */
const SHOWN_AT_MOST = { most: 10, withinMs: 60_000 };
/** Of a line in the log of a server. */
const LONGEST_LINE = 4200;

const SHOWN: ReadonlySet<LogLevel> = new Set(["warning", "error", "critical", "alert", "emergency"]);

function createCounterpart(options: CounterpartOptions): Counterpart {
  const { asking, notify, sample, line, clock = systemClock } = options;
  const shown = new Map<string, Allowance>();
  const notice = (server: string, text: string) => notify("warn", oneLine(`server ${server} ${text}`, 400));

  const show = (server: string, { logger, text }: LogEntry) => {
    const allowance = shown.get(server) ?? new Allowance(clock, SHOWN_AT_MOST);
    shown.set(server, allowance);
    const verdict = allowance.take();
    if (verdict === "exhausted") notice(server, "has more to tell; the rest is in its log for a minute");
    const from = logger === undefined ? "" : `${logger}: `;
    if (verdict === "granted") notify("warn", oneLine(`server ${server}: ${from}${text}`, 400));
  };

  return {
    ...createRoots(options),
    sample,
    notice,
    hasPerson: () => asking.attended || asking.person !== undefined,
    async elicit(server, question, signal) {
      const { person } = asking;
      if (person) {
        const tell = (text: string) => notice(server, text);
        return askInTurn(asking, tell, () => person.elicit(server, question, signal), signal);
      }
      notice(server, `asked for ${whatOf(question)} and was declined: there is nobody to ask`);
      return { action: "decline" };
    },
    log(server, entry) {
      const from = entry.logger === undefined ? "" : ` ${entry.logger}:`;
      line(server, `[${entry.level}]${from} ${entry.text}`);
      if (SHOWN.has(entry.level)) show(server, entry);
    },
  };
}

function whatOf(question: Question): string {
  if (question.mode === "url") return `a visit to ${oneLine(question.url, 120)}`;
  const labels = question.fields.map(({ label }) => oneLine(label, 30));
  return labels.length === 0 ? "a confirmation" : oneLine(labels.join(", "), 120);
}
