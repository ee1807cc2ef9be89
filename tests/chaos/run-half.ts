/** The half in which mcpchat itself dies: one-shot runs of the executable on one session, killed at any moment. */
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ModelServer, startModelServer } from "../fixtures/model-server/server.ts";
import type { HalfOptions } from "./chat-half.ts";
import { descendantsOf, describeProcesses, type ProcessInfo, survivorsOf } from "./processes.ts";
import { checkCalls, rawCommand, serverTable } from "./servers.ts";
import { readSession, sessionComplaints } from "./stored.ts";
import { type Question, Story } from "./story.ts";
import { holdsWithin, within } from "./waiting.ts";

const RUN_DEADLINE_MS = 60_000;
/** The guard takes 1.2 s at most; the rest is for a machine under load. */
const GONE_WITHIN_MS = 6000;
const QUESTIONS_A_SESSION = 10;
const LATEST_KILL_MS = 700;

/** What is to become of a run. */
type Fate = { kind: "spared" } | { kind: "killed"; from: "start" | "request"; afterMs: number };
type Run = Bun.Subprocess<"ignore", "pipe", "pipe">;

export class RunHalf {
  callsMade = 0;
  messagesChecked = 0;
  /** Milliseconds from each kill until nothing was left of what it had started. */
  readonly goneAfterMs: number[] = [];
  readonly #options: HalfOptions;
  readonly #command: readonly string[];
  readonly #story: Story;
  readonly #model: ModelServer;
  readonly #home: string;
  readonly #keyLog: string;
  readonly #watches = new Set<Promise<void>>();
  #sessions = 1;

  /** `command` starts mcpchat. */
  constructor(options: HalfOptions, folder: string, command: readonly string[]) {
    this.#options = options;
    this.#command = command;
    this.#story = new Story("the runs", options.random.fork(), options.findings);
    this.#model = startModelServer(this.#story.script);
    this.#home = join(realpathSync(folder), "home");
    this.#keyLog = join(folder, "run-keys");
    const configFile = join(this.#home, ".config/mcpchat/config.toml");
    mkdirSync(dirname(configFile), { recursive: true, mode: 0o700 });
    const shared = { keyLog: this.#keyLog, marker: options.marker };
    const trusted = serverTable("trusted", {
      ...shared,
      command: rawCommand("provoked", "60"),
      trusted: true,
    });
    const family = serverTable("family", { ...shared, command: rawCommand("grandchild") });
    const stubborn = serverTable("stubborn", { ...shared, command: rawCommand("stubborn") });
    writeFileSync(configFile, trusted + family + stubborn);
  }

  /** Runs one question after the other until the time is over. */
  async run(): Promise<void> {
    const { gate, signal } = this.#options;
    const leave = gate.enter();
    while (!signal.aborted) {
      await gate.pass();
      if (this.#story.questions.length >= QUESTIONS_A_SESSION) this.#nextSession();
      if (!(await this.#runOnce())) break;
    }
    leave();
  }

  /** Waits until nothing is left of what was killed. */
  async calm(): Promise<void> {
    await Promise.all(this.#watches);
  }

  async close(): Promise<void> {
    await this.calm();
    this.#checkSession();
    this.callsMade = checkCalls(
      { calls: this.#story.calls, keyLog: this.#keyLog, trusted: ["trusted"] },
      this.#options.findings,
    );
    await this.#model.stop();
  }

  /** Returns false when the run hangs. */
  async #runOnce(): Promise<boolean> {
    const { findings, tally } = this.#options;
    const question = this.#story.ask();
    const fate = this.#drawFate();
    const run = this.#start(question);
    const output = Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
    const killed = fate.kind === "killed" && (await this.#kill(run, question, fate));
    const code = await within(RUN_DEADLINE_MS, run.exited);
    this.#story.inspect(this.#model.requests);
    if (code === "late") {
      run.kill("SIGKILL");
      findings.add(`the run of question ${question.number} has not ended within ${RUN_DEADLINE_MS / 1000} s`);
      return false;
    }
    if (killed) tally.count("turns", "killed with mcpchat");
    else this.#settle(question, code, await output);
    return true;
  }

  #drawFate(): Fate {
    const { random } = this.#options;
    const [spared, fromStart] = [random.chance(0.25), random.chance(0.3)];
    const afterMs = random.between(0, LATEST_KILL_MS);
    return spared ? { kind: "spared" } : { kind: "killed", from: fromStart ? "start" : "request", afterMs };
  }

  #start({ text }: Question): Run {
    // By its id once it has one, else by name.
    const id = this.#options.random.chance(0.5) ? this.#session()?.id : undefined;
    const session = id === undefined ? ["--session", this.#name] : ["-r", id];
    return Bun.spawn([...this.#command, "-m", "anthropic/chaos", "--yes", ...session, text], {
      cwd: this.#home,
      env: {
        HOME: this.#home,
        PATH: process.env.PATH,
        ANTHROPIC_BASE_URL: this.#model.url,
        ANTHROPIC_API_KEY: "key",
        MCPCHAT_CHAOS: this.#options.marker,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  /** Kills a run at its moment; false when it was over before. */
  async #kill(run: Run, question: Question, { from, afterMs }: Fate & { kind: "killed" }): Promise<boolean> {
    if (from === "request") await Promise.race([question.seen.promise, run.exited]);
    await Promise.race([Bun.sleep(afterMs), run.exited]);
    if (run.exitCode !== null) return false;
    // Stopped first, so that what it has started by then is what there is to be ended.
    run.kill("SIGSTOP");
    const orphans = descendantsOf(run.pid);
    run.kill("SIGKILL");
    this.#options.tally.count("kills", "mcpchat itself, kill -9");
    this.#watch(orphans);
    await run.exited;
    return run.signalCode === "SIGKILL";
  }

  /** Nobody waits: the next run begins while the guard of this one is at work. */
  #watch(orphans: readonly ProcessInfo[]): void {
    const killedAt = performance.now();
    const watch = holdsWithin(GONE_WITHIN_MS, () => survivorsOf(orphans).length === 0).then((gone) => {
      this.#watches.delete(watch);
      if (gone) this.goneAfterMs.push(performance.now() - killedAt);
      else this.#complainOf(survivorsOf(orphans));
    });
    this.#watches.add(watch);
  }

  #complainOf(left: readonly ProcessInfo[]): void {
    const seconds = GONE_WITHIN_MS / 1000;
    this.#options.findings.add(
      `${seconds} s after kill -9 of mcpchat there were left: ${describeProcesses(left)}`,
    );
  }

  /** A run that nobody has killed has to answer. */
  #settle(question: Question, code: number, [stdout, stderr]: [string, string]): void {
    const { findings, tally } = this.#options;
    const last = question.sent.at(-1);
    if (code === 0 && last !== undefined && stdout.trimEnd().endsWith(last)) {
      question.answer = last;
      tally.count("turns", "well");
      return;
    }
    tally.count("turns", "error line");
    const told = (stderr.trim() || stdout.trim()).split("\n").at(-1);
    findings.add(`the run of question ${question.number}, which nobody killed, ended with ${code}: ${told}`);
  }

  get #name(): string {
    return `runs-${this.#sessions}`;
  }

  #nextSession(): void {
    this.#checkSession();
    this.#sessions++;
    this.#story.beginSession();
  }

  #session() {
    try {
      return readSession(join(this.#home, ".local/share/mcpchat/mcpchat.db"), this.#name);
    } catch {
      // The first runs may have been killed before there was a database.
      return undefined;
    }
  }

  #checkSession(): void {
    const { questions } = this.#story;
    const session = this.#session();
    const accepted = questions.some(({ requests }) => requests > 0);
    const complaints = session
      ? sessionComplaints(session, questions)
      : accepted
        ? ["the session is not stored"]
        : [];
    this.messagesChecked += session?.messages.length ?? 0;
    this.#options.findings.addAll(complaints.map((text) => `${this.#name}: ${text}`));
  }
}
