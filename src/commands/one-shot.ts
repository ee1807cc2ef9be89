/** Asks once: runs a turn and tells it in the form that was asked for. */
import { type App, startApp } from "../app/app.ts";
import { runOnce } from "../app/one-shot.ts";
import { readSaid } from "../app/said.ts";
import { entryOf, levelOf } from "../app/supervision-log.ts";
import type { World } from "../app/world.ts";
import { jsonReporter, ndjsonReporter } from "../chat/report/json.ts";
import { PendingCalls } from "../chat/report/pending.ts";
import { withProgress } from "../chat/report/progress.ts";
import type { OutputForm, Reporter, RunSummary, Write } from "../chat/report/reporter.ts";
import { textReporter } from "../chat/report/text.ts";
import { withThinking } from "../chat/report/thinking.ts";
import { describeError, ExitCode, LimitError, UserError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { Sanitizer, sanitize } from "../lib/text-sanitize.ts";
import type { McpHost } from "../mcp/client/port.ts";
import { usesColour } from "../terminal/colour.ts";
import { openNotices, writeToStderr } from "../terminal/notices.ts";
import { openOutput } from "../terminal/output.ts";
import { openProgress } from "../terminal/progress.ts";
import { readStdin } from "../terminal/stdin.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { appOptions, type RunSettings, toolSettings } from "./run-settings.ts";

/** Runs to the end and returns the exit code. Never throws. */
export async function oneShot(settings: RunSettings, world: World): Promise<number> {
  const began = performance.now();
  const ended = new AbortController();
  const onClosed = () =>
    ended.abort(new UserError("standard output was closed", "closed", ExitCode.closedOutput));
  const write = openOutput({ onClosed });
  const notice = openNotices(settings, { environment: world.env });
  const { output } = settings;
  // Events go line by line to where they are read: on a terminal nothing is to be written between them.
  const quiet = settings.quiet || (output === "ndjson" && streamKind(1) === "terminal");
  const progress = openProgress({ quiet, environment: world.env, notify: notice });
  const reporter = withProgress(
    thinkingAloud(reporterFor(settings, write, notice), settings, world),
    progress,
  );
  const summary: RunSummary = { servers: [], durationMs: 0 };
  const pending = new PendingCalls();
  let limit = limitTime(settings.timeoutMs, ended, pending);
  let app: App | undefined;
  try {
    app = await startApp({ ...appOptions(settings), world, notify: reporter.notice, watch: false });
    tellSupervision(app, reporter);
    const { chat } = (await app.services.need("config")).current();
    limit ??= limitTime(chat.timeoutMs, ended, pending);
    const signal = AbortSignal.any([app.signal, ended.signal]);
    await runOnce(app, { ...runOptions(settings, world, hearing(reporter, pending)), signal }, summary);
  } catch (error) {
    const stopped = [ended.signal, app?.signal].find((signal) => signal?.aborted);
    summary.error = asUserError(stopped?.reason ?? error);
  }
  clearTimeout(limit);
  summary.durationMs = performance.now() - began;
  try {
    const code = await finish(reporter, summary, settings);
    return ended.signal.aborted ? asUserError(ended.signal.reason).exitCode : code;
  } finally {
    await app?.stop();
  }
}

/** A person who waits sees what the model thinks; a log does not need it. */
function thinkingAloud(reporter: Reporter, { output, quiet }: RunSettings, { env }: World): Reporter {
  const kind = streamKind(2);
  if (output !== "text" || quiet || kind !== "terminal") return reporter;
  const write: Write = async (text) => writeToStderr(text);
  return withThinking(reporter, { write, cleaner: new Sanitizer(), colour: usesColour(env, kind) });
}

/** Tells a mistake on the command line as a run would have told its failure; returns the exit code. */
export async function tellMistake(error: UserError, output: OutputForm, { env }: World): Promise<number> {
  const write = openOutput({ onClosed: () => {} });
  const notice = openNotices({}, { environment: env });
  const reporter = reporterFor({ output, raw: false, stream: true }, write, notice);
  await reporter.finish({ servers: [], durationMs: 0, error });
  return error.exitCode;
}

async function finish(reporter: Reporter, summary: RunSummary, { tools }: RunSettings): Promise<number> {
  const { error, result } = summary;
  // Whoever has closed the output has read what they wanted.
  const silent = error?.exitCode === ExitCode.closedOutput;
  if (!silent) await reporter.finish(summary);
  if (error) return error.exitCode;
  return tools.strict && result && result.denied > 0 ? ExitCode.tool : ExitCode.success;
}

function hearing(reporter: Reporter, pending: PendingCalls): Reporter {
  const event: Reporter["event"] = (news) => {
    pending.hear(news);
    return reporter.event(news);
  };
  return { ...reporter, event };
}

function runOptions(settings: RunSettings, world: World, { event, notice }: Reporter) {
  const { session, save, schema, output, prompt, files, waitMs } = settings;
  const readMessage = async (app: App, host: McpHost | undefined, signal: AbortSignal) => {
    const stdin = async () => (settings.readStdin ? readStdin({ notify: notice, signal }) : undefined);
    const said = {
      prompt,
      files,
      stdin,
      cwd: world.cwd,
      env: world.env,
      host,
      waitMs,
      notify: notice,
      signal,
    };
    return readSaid(app, said);
  };
  return {
    env: world.env,
    session,
    save,
    ...(schema && { schema }),
    tools: toolSettings(settings),
    wantsCost: output !== "text",
    readMessage,
    sink: event,
    notify: notice,
  };
}

function reporterFor({ output, raw, stream, schema }: Presentation, write: Write, notice: Notify): Reporter {
  const cleaner = raw ? RAW : new Sanitizer();
  const clean = raw ? (text: string) => text : sanitize;
  const whole = schema ? "value" : "whole";
  const answer = stream && !schema ? "streamed" : whole;
  if (output === "text") return textReporter({ write, notice, cleaner, answer });
  if (output === "json") return jsonReporter({ write, notice, clean });
  return ndjsonReporter({ write, notice, clean, cleaner });
}

/** Starts and orderly ends are left to the log. */
function tellSupervision(app: App, reporter: Reporter): void {
  app.onEvent((event) => {
    if (levelOf(event) === "debug") return;
    const { type, ...entry } = entryOf(event);
    reporter.supervision?.({ event: type, ...entry });
  });
}

type Presentation = Pick<RunSettings, "output" | "raw" | "stream" | "schema">;

const RAW = { write: (text: string) => text, end: () => "" };

function limitTime(
  timeoutMs: number | undefined,
  ended: AbortController,
  pending: PendingCalls,
): NodeJS.Timeout | undefined {
  if (timeoutMs === undefined) return undefined;
  const late = () =>
    new LimitError(
      `not done after ${timeoutMs / 1000} s${pending.words()}`,
      "timeout",
      "give it more time with --timeout",
    );
  return setTimeout(() => ended.abort(late()), Math.min(timeoutMs, 2 ** 31 - 1));
}

/** A bug is told in the form that was asked for, too. */
function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const advice = "this is a bug in mcpchat, please report it";
  return new UserError(describeError(error), "bug", ExitCode.bug, advice, { cause: error });
}
