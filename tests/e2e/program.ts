/** A program that a test runs, watches and ends: no sleeps, only waits with a deadline. */
import { onTestFinished } from "bun:test";
import type { FileSink, Subprocess } from "bun";

/** Generous, as tests run beside each other on small machines; waits end when what they wait for is there. */
const DEADLINE_MS = 60_000;

export interface Result {
  /** The exit code, as a shell gives it: 128 and the signal's number after a signal. */
  code: number;
  stdout: string;
  stderr: string;
  /** From start to end, in milliseconds. */
  ms: number;
}

export interface ProgramOptions {
  /** A text is written and ended; "open" waits for `write` and `end`; a number is an open file. None is /dev/null. */
  stdin?: string | "open" | number;
}

interface SpawnOptions extends ProgramOptions {
  cwd: string;
  env: Record<string, string>;
}

export class Program {
  /** Rejects after a minute, with what was written by then; the program is killed. */
  readonly exited: Promise<Result>;
  readonly #child: Subprocess<"pipe" | "ignore" | number, "pipe", "pipe">;
  readonly #written = { stdout: new Written(), stderr: new Written() };
  #changed = Promise.withResolvers<void>();

  constructor(command: readonly string[], { stdin, cwd, env }: SpawnOptions) {
    const startedAt = performance.now();
    const input = stdin === undefined ? "ignore" : typeof stdin === "number" ? stdin : "pipe";
    this.#child = Bun.spawn([...command], { cwd, env, stdin: input, stdout: "pipe", stderr: "pipe" });
    onTestFinished(() => this.#child.kill("SIGKILL"));
    this.exited = this.#run(startedAt);
    // Who only watches may never look at the end.
    this.exited.catch(() => {});
    if (stdin !== "open" && typeof stdin === "string") {
      this.write(stdin);
      this.end();
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#written.stdout.text();
  }

  get stderr(): string {
    return this.#written.stderr.text();
  }

  write(text: string): void {
    ignoreClosed(this.#stdin.write(text));
    ignoreClosed(this.#stdin.flush());
  }

  end(): void {
    ignoreClosed(this.#stdin.end());
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when `text` has been written; rejects after a minute, and when the program ends without it. */
  async until(stream: "stdout" | "stderr", text: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    let ended = false;
    const onEnd = () => {
      ended = true;
    };
    const end = this.exited.then(onEnd, onEnd);
    while (!this[stream].includes(text)) {
      if (ended || performance.now() > deadline) throw new Error(this.#complaint(`never wrote ${text}`));
      await Promise.race([this.#changed.promise, end, Bun.sleep(1_000)]);
    }
  }

  get #stdin(): FileSink {
    const { stdin } = this.#child;
    if (typeof stdin === "object" && stdin) return stdin;
    throw new Error("the program was started without an input to write to");
  }

  async #run(startedAt: number): Promise<Result> {
    const { stdout, stderr } = this.#child;
    const work = Promise.all([
      this.#child.exited,
      this.#collect("stdout", stdout),
      this.#collect("stderr", stderr),
    ]);
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#child.kill("SIGKILL");
      deadline.reject(new Error(this.#complaint("did not end")));
    }, DEADLINE_MS);
    try {
      const [code] = await Promise.race([work, deadline.promise]);
      return { code, stdout: this.stdout, stderr: this.stderr, ms: performance.now() - startedAt };
    } finally {
      clearTimeout(timer);
    }
  }

  async #collect(name: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) {
      this.#written[name].add(chunk);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  #complaint(what: string): string {
    const shown = (text: string) => JSON.stringify(text.slice(-2_000));
    return `the program ${what}; stdout: ${shown(this.stdout)}, stderr: ${shown(this.stderr)}`;
  }
}

/** A program that has ended reads nothing more: its result tells, not the pipe. */
function ignoreClosed(written: number | Promise<number>): void {
  void Promise.resolve(written).catch(() => {});
}

/** Bytes as they came; a character may be cut in two until the rest is there. */
class Written {
  readonly #chunks: Uint8Array[] = [];

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

/** Whether a process runs; a zombie that nobody has reaped does not count. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = Bun.spawn(["ps", "-o", "stat=", "-p", String(pid)], { stdout: "pipe" });
  const state = (await status.stdout.text()).trim();
  return state !== "" && !state.startsWith("Z");
}

/** Polls until the condition holds; throws after the deadline. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await Bun.sleep(10);
  }
}
