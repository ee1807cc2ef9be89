/**
 * What the end-to-end tests share: the compiled executable in a home of its own, with nothing of the machine that runs
 * the tests but a PATH. `MCPCHAT_EXECUTABLE` names another executable than the one in dist/.
 */
import { onTestFinished } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { executablePath } from "../../scripts/build-inputs.mjs";
import { behave } from "../fixtures/model-server/behaviours.ts";
import type { Wire } from "../fixtures/model-server/record.ts";
import type { Script } from "../fixtures/model-server/script.ts";
import { type ModelServer, startModelServer } from "../fixtures/model-server/server.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { openPty, type Pty } from "../fixtures/terminal/pty.ts";
import { Program, type ProgramOptions, type Result } from "./program.ts";

export const EXECUTABLE = process.env.MCPCHAT_EXECUTABLE ?? executablePath(join(import.meta.dir, "../.."));

/** Both wires, for `test.each`; each is the name of a built-in provider too: `-m ${wire}/hello`. */
export const WIRES: readonly Wire[] = ["anthropic", "openai"];

export interface RunOptions extends ProgramOptions {
  /** Over the home's own; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
}

/** An empty home folder, and an empty folder to work in. */
export class Home {
  readonly folder = temporaryFolder();
  readonly work = join(this.folder, "work");
  readonly configFile = join(this.folder, ".config/mcpchat/config.toml");
  readonly databaseFile = join(this.folder, ".local/share/mcpchat/mcpchat.db");
  /** The whole environment of the programs that are run here. */
  readonly env: Record<string, string> = { HOME: this.folder, PATH: process.env.PATH ?? "/usr/bin:/bin" };

  constructor(env: Record<string, string> = {}) {
    Object.assign(this.env, env);
    mkdirSync(this.work);
  }

  /** Writes the user's configuration. */
  configure(toml: string): void {
    this.write(this.configFile, toml);
  }

  /** Writes a file, its path relative to the folder to work in; returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const file = name.startsWith("/") ? name : join(this.work, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, content);
    return file;
  }

  /** Starts mcpchat. Standard input is /dev/null unless the options say otherwise; output goes to sockets. */
  start(args: readonly string[], options: RunOptions = {}): Program {
    return new Program([EXECUTABLE, ...args], this.#spawnOptions(options));
  }

  /** Runs mcpchat to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.start(args, options).exited;
  }

  /** Runs a script of `sh` in which `mcpchat` is the executable: for real pipes, files and redirections. */
  shell(script: string, options: RunOptions = {}): Promise<Result> {
    return this.startShell(script, options).exited;
  }

  startShell(script: string, options: RunOptions = {}): Program {
    const withExecutable = `mcpchat() { "$MCPCHAT_UNDER_TEST" "$@"; }\n${script}`;
    const env = { MCPCHAT_UNDER_TEST: EXECUTABLE, ...options.env };
    return new Program(["sh", "-c", withExecutable], this.#spawnOptions({ ...options, env }));
  }

  /** Starts mcpchat on a pseudo-terminal of 60 columns; it is killed after the test. */
  terminal(args: readonly string[], options: RunOptions = {}): Pty {
    const { cwd, env } = this.#spawnOptions(options);
    const pty = openPty([EXECUTABLE, ...args], { cwd, env: { TERM: "xterm-256color", ...env } });
    onTestFinished(() => pty.close());
    return pty;
  }

  #spawnOptions({ env, cwd = this.work, ...options }: RunOptions) {
    const merged = Object.entries({ ...this.env, ...env }).filter(([, value]) => value !== undefined);
    // Only what is defined is left.
    return { ...options, cwd, env: Object.fromEntries(merged) as Record<string, string> };
  }
}

/** A home, and a model server that both built-in providers lead to. */
export function homeWithModel(script: Script = everyBehaviour): { home: Home; model: ModelServer } {
  const model = startModelServer(script);
  onTestFinished(() => model.stop());
  const env = {
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "key-of-anthropic",
    OPENAI_BASE_URL: model.openaiUrl,
    OPENAI_API_KEY: "key-of-openai",
  };
  return { home: new Home(env), model };
}

/** What a model does is in its name: see tests/fixtures/model-server/behaviours.ts. */
function everyBehaviour(request: Parameters<typeof behave>[0]): ReturnType<typeof behave> {
  return behave(request, { arguments: {} });
}
