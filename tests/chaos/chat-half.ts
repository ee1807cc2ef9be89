/** The half that runs inside one mcpchat: a conversation over four servers, and somebody who kills what holds it. */
import { join } from "node:path";
import { openDialogue } from "../../src/app/dialogue.ts";
import type { Dialogue } from "../../src/chat/dialogue.ts";
import type { TurnResult } from "../../src/chat/events.ts";
import { describeError, UserError } from "../../src/lib/errors.ts";
import { type Rig, startRig } from "../app/rig.ts";
import { Accounts } from "./accounts.ts";
import type { Findings } from "./findings.ts";
import type { Gate } from "./gate.ts";
import { Hostility } from "./hostility.ts";
import type { Random } from "./random.ts";
import { Recoveries } from "./recoveries.ts";
import {
  checkCalls,
  DOOMED_COMMAND,
  EVERYTHING_COMMAND,
  LAST_WORDS,
  rawCommand,
  serverTable,
} from "./servers.ts";
import { readSession, sessionComplaints } from "./stored.ts";
import { type Question, Story } from "./story.ts";
import type { Tally } from "./tally.ts";
import { deedsFor, SERVERS, statusOf } from "./victims.ts";
import { holdsWithin, within } from "./waiting.ts";

export interface HalfOptions {
  random: Random;
  findings: Findings;
  tally: Tally;
  gate: Gate;
  /** In the environment of every process that is started. */
  marker: string;
  /** Aborts when the time is over. */
  signal: AbortSignal;
}

/** More than the usual five in a minute, as the budgets have to bear the tester. */
export const INTENSITY = { maxRestarts: 12, maxSeconds: 5 };
const TURN_DEADLINE_MS = 45_000;
const QUESTIONS_A_SESSION = 12;
/** What was not written at once is tried again every 250 ms. */
const WRITTEN_WITHIN_MS = 3000;
const READY_WITHIN_MS = 30_000;

const SERVER_VICTIMS = [
  { name: "trusted", provokable: true },
  { name: "wary", provokable: true },
  { name: "family" },
  { name: "everything", heavy: true },
];
const NAMES = SERVER_VICTIMS.map(({ name }) => name);
const DOOMED = "doomed";

export class ChatHalf {
  readonly recoveries: Recoveries;
  readonly accounts: Accounts;
  callsMade = 0;
  messagesChecked = 0;
  readonly #options: HalfOptions;
  readonly #rig: Rig;
  readonly #story: Story;
  readonly #dialogue: Dialogue;
  readonly #keyLog: string;
  #sessions = 1;
  #lastSession = 0;

  private constructor(
    options: HalfOptions,
    rig: Rig,
    parts: { story: Story; dialogue: Dialogue; keyLog: string },
  ) {
    this.#options = options;
    this.#rig = rig;
    this.#story = parts.story;
    this.#dialogue = parts.dialogue;
    this.#keyLog = parts.keyLog;
    this.recoveries = new Recoveries(options.findings);
    this.accounts = new Accounts(INTENSITY, `${SERVERS}/${DOOMED}`, options.findings);
  }

  static async open(options: HalfOptions, folder: string): Promise<ChatHalf> {
    const story = new Story("the chat", options.random.fork(), options.findings);
    const keyLog = join(folder, "chat-keys");
    const rig = await startRig({ script: story.script, toml: configuration(keyLog, options.marker) });
    const none = { allow: [], deny: [], none: false, servers: [], only: [], require: [] };
    const dialogue = await openDialogue(rig.app, {
      session: { new: true, name: "chat-1" },
      save: true,
      env: rig.world.env,
      cwd: rig.world.cwd,
      tools: { ...none, yes: true },
      notify: () => {},
      ask: async () => "no",
    });
    for (const name of ["alias", "control"] as const) await rig.app.services.need(name);
    const half = new ChatHalf(options, rig, { story, dialogue, keyLog });
    rig.app.onEvent(half.accounts.hear);
    rig.app.onEvent(half.recoveries.hear);
    return half;
  }

  /** Talks until the time is over, while everything is killed under it. */
  async run(): Promise<void> {
    const { findings, gate, signal, tally, random } = this.#options;
    const { app, model } = this.#rig;
    await this.#allReady();
    const origin = new URL(model.url).origin;
    const hostility = new Hostility({
      app,
      accounts: this.accounts,
      deeds: deedsFor(SERVER_VICTIMS, origin),
      gate,
      random: random.fork(),
      recoveries: this.recoveries,
      servers: NAMES,
      signal,
      tally,
    });
    const harm = hostility.run();
    const leave = gate.enter();
    while (!signal.aborted) {
      await gate.pass();
      if (!(await this.#turn())) break;
      if (app.signal.aborted) findings.add(`mcpchat gave up: ${describeError(app.signal.reason)}`);
      if (app.signal.aborted) break;
    }
    leave();
    await harm;
    hostility.release();
  }

  /** A moment in which every server is there and nothing is on its way. */
  async calm(): Promise<void> {
    await holdsWithin(READY_WITHIN_MS, () => this.recoveries.allBack);
    await this.#allReady();
  }

  /** Ends everything and says what did not end well. */
  async close(): Promise<void> {
    const { findings } = this.#options;
    await this.calm();
    await this.#checkSession();
    const doomed = () => statusOf(this.#rig.app, DOOMED);
    const isBuried = () => doomed()?.state === "failed" && (doomed()?.error ?? "").includes(LAST_WORDS);
    if (!(await holdsWithin(READY_WITHIN_MS, isBuried))) {
      findings.add(`the server that always dies is ${doomed()?.state}: ${doomed()?.error}`);
    }
    this.recoveries.stop();
    this.callsMade = checkCalls(
      { calls: this.#story.calls, keyLog: this.#keyLog, trusted: ["trusted"] },
      findings,
    );
    try {
      await this.#rig[Symbol.asyncDispose]();
    } catch (error) {
      findings.add(describeError(error));
    }
  }

  /** Returns false when the turn hangs: nothing can follow it. */
  async #turn(): Promise<boolean> {
    if (this.#story.questions.length >= QUESTIONS_A_SESSION) await this.#nextSession();
    const { findings, tally } = this.#options;
    const question = this.#story.ask();
    const turn = this.#dialogue.turn(question.text, () => {}, new AbortController().signal);
    const result = await within(TURN_DEADLINE_MS, turn.catch(told));
    this.#story.inspect(this.#rig.model.requests);
    if (result === "late") {
      findings.add(
        `the turn of question ${question.number} has not ended within ${TURN_DEADLINE_MS / 1000} s`,
      );
      return false;
    }
    if (!("error" in result) || result.error === undefined) this.#endedWell(question, result as TurnResult);
    else this.#endedBadly(question, result.error);
    tally.count("turns", "error" in result && result.error ? "error line" : "well");
    return true;
  }

  #endedWell(question: Question, { text }: TurnResult): void {
    const last = question.sent.at(-1);
    if (last !== undefined && text.endsWith(last)) question.answer = last;
    else
      this.#options.findings.add(
        `question ${question.number} ended well with another text than was sent: ${text}`,
      );
  }

  #endedBadly({ number }: Question, error: unknown): void {
    const { findings, tally } = this.#options;
    if (!(error instanceof UserError) || error.code === "bug") {
      findings.add(`the turn of question ${number} failed by a bug: ${describeError(error)}`);
    } else tally.count("error lines", `${error.code}: ${describeError(error).replaceAll(/\d+/g, "N")}`);
  }

  /** Looks at what is on disk of this session and begins the next. */
  async #nextSession(): Promise<void> {
    await this.#checkSession();
    this.#sessions++;
    this.#story.beginSession();
    const begun = await holdsWithin(READY_WITHIN_MS, () => this.#begin());
    if (!begun) this.#options.findings.add("a new session could not be begun");
  }

  /** As at a prompt: what fails is told in a line, and tried again. */
  async #begin(): Promise<boolean> {
    try {
      await this.#dialogue.conversation.begin(`chat-${this.#sessions}`);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) {
        this.#options.findings.add(`a session could not be begun by a bug: ${describeError(error)}`);
      }
      return false;
    }
  }

  async #checkSession(): Promise<void> {
    const { questions } = this.#story;
    let complaints: string[] = [];
    await holdsWithin(WRITTEN_WITHIN_MS, () => {
      const session = readSession(this.#rig.app.paths.databaseFile, `chat-${this.#sessions}`);
      if (session) complaints = sessionComplaints(session, questions);
      else complaints = questions.some(({ requests }) => requests > 0) ? ["the session is not stored"] : [];
      this.#lastSession = session?.messages.length ?? 0;
      return complaints.length === 0;
    });
    this.messagesChecked += this.#lastSession;
    this.#options.findings.addAll(complaints.map((text) => `chat-${this.#sessions}: ${text}`));
  }

  async #allReady(): Promise<void> {
    const { app } = this.#rig;
    const missing = () => NAMES.filter((name) => statusOf(app, name)?.state !== "ready");
    if (await holdsWithin(READY_WITHIN_MS, () => missing().length === 0)) return;
    const states = missing().map((name) => `${name} is ${statusOf(app, name)?.state}`);
    this.#options.findings.add(`not ready within ${READY_WITHIN_MS / 1000} s: ${states.join(", ")}`);
  }
}

/** What a turn threw costs a line, as its result's error does. */
function told(error: unknown): { error: unknown } {
  return { error };
}

function configuration(keyLog: string, marker: string): string {
  const shared = { keyLog, marker };
  return [
    `[supervisor]\nmax_restarts = ${INTENSITY.maxRestarts}\nmax_seconds = ${INTENSITY.maxSeconds}\n`,
    serverTable("trusted", { ...shared, command: rawCommand("provoked", "60"), trusted: true }),
    serverTable("wary", { ...shared, command: rawCommand("provoked", "20") }),
    serverTable("family", { ...shared, command: rawCommand("grandchild") }),
    serverTable("everything", { ...shared, command: EVERYTHING_COMMAND }),
    serverTable(DOOMED, { ...shared, command: DOOMED_COMMAND }),
  ].join("\n");
}
