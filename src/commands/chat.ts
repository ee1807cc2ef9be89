/** `mcpchat chat`, and `mcpchat` on a terminal. */
import { type App, startApp } from "../app/app.ts";
import type { Asking } from "../app/asking.ts";
import { openDialogue } from "../app/dialogue.ts";
import type { Ask } from "../app/permissions.ts";
import type { World } from "../app/world.ts";
import type { Floor } from "../chat/floor.ts";
import { chatLoop } from "../chat/loop.ts";
import { type ProgressLine, withProgress } from "../chat/report/progress.ts";
import { textReporter } from "../chat/report/text.ts";
import { withThinking } from "../chat/report/thinking.ts";
import { describeError, ExitCode, UsageError } from "../lib/errors.ts";
import type { Notify } from "../lib/notice.ts";
import { Sanitizer } from "../lib/text-sanitize.ts";
import { version } from "../lib/version.ts";
import { askPermission } from "../terminal/ask.ts";
import { usesColour } from "../terminal/colour.ts";
import { openLineEditor } from "../terminal/line-editor.ts";
import type { LineEditor, LineHistory, LineInput } from "../terminal/line-editor-port.ts";
import { openNotices } from "../terminal/notices.ts";
import { openProgress } from "../terminal/progress.ts";
import { openScreen, type Screen } from "../terminal/screen.ts";
import { streamKind } from "../terminal/stream-kind.ts";
import { type Command, worldOf } from "./command.ts";
import { RUN_OPTIONS } from "./options.ts";
import { personAt } from "./person.ts";
import { appOptions, type RunSettings, readRunSettings, toolSettings } from "./run-settings.ts";

export const chatCommand: Command = {
  meta: { name: "chat", description: "Chat on the terminal" },
  args: RUN_OPTIONS,
  async run(context) {
    const settings = readRunSettings(context.rawArgs);
    return chat(settings, worldOf(context));
  },
};

/** Throws UsageError for what a chat would have to leave aside. */
function refuseOneShot({ prompt, files, output, timeoutMs, schema }: RunSettings): void {
  const given = [
    prompt !== "" && "prompt",
    files.length > 0 && "files",
    output !== "text" && "form of output",
    timeoutMs !== undefined && "time limit",
    schema !== undefined && "schema",
  ].find(Boolean);
  if (given) throw new UsageError(`chat takes no ${given}`, "to ask once, leave out the word chat");
}

const HISTORY_LINES = 1000;

/** Chats until the user leaves; returns the exit code. Throws UserError. */
export async function chat(settings: RunSettings, world: World): Promise<number> {
  refuseOneShot(settings);
  if (streamKind(0) !== "terminal" || streamKind(1) !== "terminal") {
    throw new UsageError("a chat needs a terminal", "give a prompt, or pipe text in");
  }
  const write = (text: string) => void process.stdout.write(text);
  const plain = openScreen(async (text) => write(text), write);
  const print = (line: string) => {
    progress.clear();
    plain.print(line);
  };
  const screen = { ...plain, print };
  const notify = openNotices(settings, { environment: world.env, write: print });
  const { quiet } = settings;
  const progress = openProgress({ quiet, environment: world.env, kind: "terminal", notify, write });
  const app = await startApp({ ...appOptions(settings), world, notify, watch: true });
  try {
    return await converse(app, { settings, world, screen, notify, progress });
  } finally {
    await app.stop();
  }
}

interface Chat {
  settings: RunSettings;
  world: World;
  screen: Screen;
  notify: Notify;
  progress: ProgressLine;
}

async function converse(app: App, { settings, world, screen, notify, progress }: Chat): Promise<number> {
  const { session, save, stream, quiet } = settings;
  const { turnstile } = app.asking;
  app.asking.attended = true;
  let editor: LineEditor | undefined;
  const ask: Ask = async ({ server, name }, args, signal) => {
    if (!editor) return "no";
    const asking = editor;
    const key = (question: string, keys: string, end: AbortSignal) => asking.key(question, keys, end);
    const question = { server, name, arguments: args };
    return turnstile.pass(() => askPermission({ key, print: screen.print }, question, signal), signal);
  };
  const options = {
    env: world.env,
    session,
    save,
    tools: toolSettings(settings),
    notify,
    ask,
    cwd: world.cwd,
  };
  const dialogue = await openDialogue(app, options);
  await app.services.need("control");
  editor = openLineEditor({ history: await inputHistory(app, save) });
  const opened = editor;
  screen.attach(opened);
  app.asking.person = personAt(opened, screen.print, app.signal);
  const release = world.onInterrupt(() => opened.interrupt());
  screen.print(`mcpchat ${version}, ${dialogue.model.name()}; /help lists the commands`);
  const write = (text: string) => screen.write(text);
  const answer = stream ? "streamed" : "whole";
  const reporter = () => {
    const cleaner = new Sanitizer();
    const held = () => turnstile.taken;
    const answering = textReporter({ write, notice: notify, cleaner, answer });
    const thinking = { write, cleaner: new Sanitizer(), colour: usesColour(world.env, "terminal") };
    return withProgress(quiet ? answering : withThinking(answering, thinking), progress, { held });
  };
  const surface = {
    // A question that comes at the prompt waits for the line.
    read: (prompt: string, signal: AbortSignal) =>
      turnstile.pass(() => readMessage(app.asking, () => opened.read(prompt, signal)), signal),
    floor: floorOf(app.asking),
    print: (text: string) => screen.print(text),
    progress,
    onInterrupt: (handler: () => void) => opened.onInterrupt(handler),
  };
  try {
    await chatLoop({ surface, dialogue, reporter, notify, signal: app.signal });
    return ExitCode.success;
  } finally {
    release();
    opened.close();
  }
}

async function readMessage(asking: Asking, read: () => Promise<LineInput>): Promise<LineInput> {
  asking.waitsFor = "your next line";
  try {
    return await read();
  } finally {
    delete asking.waitsFor;
  }
}

/** A question that comes while the model speaks waits for the end of that. */
function floorOf(asking: Asking): Floor {
  const { turnstile } = asking;
  return {
    closeUntil: (over) => turnstile.closeUntil(over),
    async take(signal) {
      const leave = await turnstile.take(signal);
      asking.waitsFor = "the answer";
      return () => {
        delete asking.waitsFor;
        leave();
      };
    },
  };
}

/** What was typed in earlier chats; nothing is added to it by a chat that is not saved. */
async function inputHistory(app: App, save: boolean): Promise<LineHistory> {
  if (!save) return { load: () => [], add: () => {} };
  const { history } = await app.services.need("store");
  const lines = history.recent(HISTORY_LINES);
  return { load: () => lines, add: (line) => remember(app, line) };
}

/** A line that cannot be remembered is sent all the same. */
function remember(app: App, line: string): void {
  try {
    app.services.current("store")?.history.add(line);
  } catch (error) {
    app.notify("warn", `the line is not in the history: ${describeError(error)}`);
  }
}
