/**
 * What one server offers: its tools as far as they are known, without those that it has changed, and why there are none.
 * Kept for the next run, which then need not wait for the server.
 */
import type { Clock } from "../../../lib/clock.ts";
import type { Notify } from "../../../lib/notice.ts";
import type { Complaints } from "../complaints.ts";
import type { ServerConfig } from "../config.ts";
import type { SetAsideTool, ToolListCache } from "../port.ts";
import { beginning, oneLine } from "../text.ts";
import {
  type ChangedTool,
  describeChange,
  type Fingerprint,
  type FingerprintMemory,
  fingerprints,
  judgeTools,
  MOST_KNOWN,
  type ServerIdentity,
} from "./fingerprints.ts";
import { identityKey, toolListKey } from "./listkey.ts";
import type { ToolDescription } from "./tools.ts";

export interface OfferOptions {
  cache: ToolListCache;
  fingerprints: FingerprintMemory;
  notify: Notify;
  complaints: Complaints;
  clock: Clock;
}

/** After this long a server that was not ready is given another chance to be waited for. */
const PROBLEM_HOLDS_MS = 5 * 60_000;
/** A line names no more tools than this. */
const NAMED = 3;
/** Of what is kept; a model gets less. */
const LONGEST_INSTRUCTIONS = 16_000;

export class Offer {
  readonly #options: OfferOptions;
  #config: ServerConfig;
  /** None once the server has failed. */
  #tools: { list: readonly ToolDescription[]; cached: boolean } | undefined;
  #instructions: string | undefined;
  /** As the server lists them now. */
  #listed: readonly Fingerprint[] = [];
  #changed = new Map<string, ChangedTool>();
  /** Names of those that were changed in an earlier run. */
  #changedBefore: readonly string[] = [];
  /** Names of changed tools that the user was told of. */
  readonly #told = new Set<string>();
  /** Why it was not ready in the last run, and how long that one waited in vain, unless that was long ago. */
  #lastTime: { problem: string; waitedMs?: number } | undefined;

  constructor(config: ServerConfig, options: OfferOptions) {
    this.#config = config;
    this.#options = options;
    this.#recall();
  }

  /** Undefined when nothing is known. */
  get tools(): readonly ToolDescription[] | undefined {
    return this.#tools?.list;
  }

  /** Whether the tools come from an earlier run. */
  get cached(): boolean {
    return this.#tools?.cached ?? false;
  }

  get lastTime(): { problem: string; waitedMs?: number } | undefined {
    return this.#lastTime;
  }

  /** How the server wants to be used, in its own words; from an earlier run while the tools are. */
  get instructions(): string | undefined {
    return this.#instructions;
  }

  /** Names of tools that the server has changed; from an earlier run while the tools are. */
  get changed(): readonly string[] {
    return this.cached ? this.#changedBefore : [...this.#changed.keys()];
  }

  /** What those tools are now; of an earlier run's no more than their names is known. */
  get setAside(): readonly ToolDescription[] {
    if (this.cached) return this.#changedBefore.map(namedOnly);
    return [...this.#changed.values()].map(({ after }) => after.description);
  }

  changes(): SetAsideTool[] {
    return [...this.#changed.values()].map(describeChange);
  }

  /** Takes a configuration under which the server starts again, or goes on. */
  configure(config: ServerConfig, startsAgain: boolean): void {
    const isSame = toolListKey(config) === toolListKey(this.#config);
    this.#config = config;
    if (!isSame) this.clear();
    if (startsAgain) this.#recall();
  }

  /** Takes what the server lists, and what it says about its use. */
  take(list: readonly ToolDescription[], instructions?: string): void {
    this.#instructions = instructions?.trim() ? beginning(instructions, LONGEST_INSTRUCTIONS) : undefined;
    this.#listed = fingerprints(list);
    this.#lastTime = undefined;
    this.#judge();
  }

  /** Judges again what the server listed last: the user may have accepted it elsewhere. */
  reconsider(): void {
    if (this.#listed.length > 0) this.#judge();
  }

  /** Takes these changes for good, as far as they are still what was shown; returns the names of those. */
  trust(shown: readonly SetAsideTool[]): string[] {
    const accepted = shown.flatMap(({ name, fingerprint }) => {
      const after = this.#changed.get(name)?.after;
      return after?.hash === fingerprint ? [after] : [];
    });
    const names = accepted.map(({ description }) => description.name);
    if (names.length === 0) return [];
    this.#options.fingerprints.withdraw(this.#identity(), names);
    this.#options.fingerprints.replace(this.#identity(), accepted);
    for (const name of names) this.#told.delete(name);
    this.#judge();
    return names;
  }

  /** The server has failed: it offers nothing. */
  clear(): void {
    this.#tools = undefined;
    this.#instructions = undefined;
    this.#listed = [];
    this.#changed.clear();
  }

  /** Tools that were known once are worth more than the news that they are not there now. */
  rememberProblem(problem: string, waitedMs?: number): void {
    if (this.#tools) return;
    const waited = waitedMs === undefined ? {} : { waitedMs };
    const entry = { tools: [], fetchedAt: this.#options.clock.wall(), problem, ...waited };
    this.#options.cache.put(toolListKey(this.#config), entry);
  }

  /** Takes what an earlier run has learned. */
  #recall(): void {
    const { cache, clock } = this.#options;
    const known = cache.get(toolListKey(this.#config));
    const recent = known !== undefined && clock.wall() - known.fetchedAt < PROBLEM_HOLDS_MS;
    const { problem, waitedMs } = known ?? {};
    const waited = waitedMs === undefined ? {} : { waitedMs };
    this.#lastTime = recent && problem !== undefined ? { problem, ...waited } : undefined;
    this.#tools = known && known.problem === undefined ? { list: known.tools, cached: true } : undefined;
    this.#instructions = known?.instructions;
    this.#changedBefore = known?.setAside ?? [];
  }

  #judge(): void {
    const { fingerprints: memory, cache, clock } = this.#options;
    const judge = () => judgeTools(this.#listed, memory.add(this.#identity(), this.#listed));
    let judgement = judge();
    if (judgement.changed.length > 0 && this.#config.trusted) {
      this.#accept(judgement.changed);
      judgement = judge();
    }
    const { accepted, changed, unknown } = judgement;
    this.#changed = new Map(changed.map((tool) => [tool.after.description.name, tool]));
    this.#tools = { list: accepted, cached: false };
    const said = this.#instructions;
    const setAside = [...this.#changed.keys()];
    const entry = {
      tools: [...accepted],
      fetchedAt: clock.wall(),
      ...(said && { instructions: said }),
      ...(setAside.length > 0 && { setAside }),
    };
    cache.put(toolListKey(this.#config), entry);
    if (changed.length > 0) this.#object(changed);
    const excess = `has had more than ${MOST_KNOWN} tools by now; new ones are left out`;
    if (unknown > 0) this.#options.complaints.tell(this.#config.name, excess);
  }

  /** Changes of a server that the user trusts. */
  #accept(changed: readonly ChangedTool[]): void {
    const { fingerprints: memory, notify } = this.#options;
    const after = changed.map((tool) => tool.after);
    memory.replace(this.#identity(), after);
    notify("info", `${this.#sayChanged(after)}; that is accepted, as the server is trusted`);
  }

  #object(changed: readonly ChangedTool[]): void {
    const { fingerprints: memory, notify } = this.#options;
    const news = changed
      .map((tool) => tool.after)
      .filter(({ description }) => !this.#told.has(description.name));
    const names = news.map(({ description }) => description.name);
    for (const name of names) this.#told.add(name);
    if (news.length === 0) return;
    memory.withdraw(this.#identity(), names);
    const fate = news.length === 1 ? "it is set aside" : "they are set aside";
    const advice = `mcpchat servers trust ${this.#config.name} shows what changed`;
    notify("warn", `${this.#sayChanged(news)}; ${fate}: ${advice}`);
  }

  #sayChanged(tools: readonly Fingerprint[]): string {
    const names = tools.slice(0, NAMED).map(({ description }) => oneLine(description.name, 80));
    const more = tools.length - names.length;
    const list = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    const [noun, pronoun, verb] = tools.length === 1 ? ["tool", "it", "was"] : ["tools", "they", "were"];
    return `server ${this.#config.name} changed its ${noun} ${list} since ${pronoun} ${verb} first used`;
  }

  #identity(): ServerIdentity {
    return { server: this.#config.name, serverKey: identityKey(this.#config) };
  }
}

function namedOnly(name: string): ToolDescription {
  return { name, description: "", inputSchema: { type: "object" }, annotations: {} };
}
