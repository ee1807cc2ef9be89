/** Permission for a tool call: rules first, then a question where there is somebody to ask. */
import { judge, type PermissionRules } from "../chat/permission.ts";
import type { Approve, Permission } from "../chat/ports.ts";
import type { Configuration } from "../config/configuration.ts";
import type { JsonObject } from "../lib/conversation.ts";
import type { CatalogueTool } from "../mcp/client/port.ts";
import { fingerprintOf } from "../mcp/client/tools/fingerprint.ts";
import { identityKey } from "../mcp/client/tools/listkey.ts";
import type { DecidedTool, Decisions, Verdict } from "../session/port.ts";

/** What the command line says about tools. */
export interface ToolFlags {
  allow: readonly string[];
  deny: readonly string[];
  yes: boolean;
}

/** What a person said when they were asked. */
export type Answer = "once" | "session" | "always" | "never" | "no";
export type Ask = (tool: CatalogueTool, args: JsonObject, signal: AbortSignal) => Promise<Answer>;

export interface ApproveOptions {
  configuration: () => Configuration;
  flags: ToolFlags;
  /** Answers that hold beyond this run; undefined while there is no store. */
  decisions: () => Decisions | undefined;
  /** Absent where there is nobody to ask, as in a pipeline. */
  ask?: Ask;
}

/**
 * Joins the rules of the configuration, of its servers and of the command line. What `tools.allow` of a server names is
 * all that the server may offer, and may be called without a question: the user has listed it.
 */
export function rulesOf(configuration: Configuration, flags: ToolFlags): PermissionRules {
  const { servers } = configuration.mcp;
  const ofServers = (list: "allow" | "deny") =>
    servers.flatMap(({ name, tools }) => tools[list].map((glob) => `${name}/${glob}`));
  return {
    allow: [...configuration.tools.allow, ...ofServers("allow"), ...flags.allow],
    deny: [...configuration.tools.deny, ...ofServers("deny"), ...flags.deny],
    yes: flags.yes,
  };
}

/**
 * Judges by the rules, then by what the user answered before, then by asking. Without `ask` what nothing allows is
 * denied, and the reason says how to allow it. Questions wait for each other; what needs none does not wait.
 */
export function approveBy({ configuration, flags, decisions, ask }: ApproveOptions): Approve {
  const answers = new Answers(decisions, configuration);
  let lastQuestion: Promise<unknown> = Promise.resolve();
  return (tool, args, signal) => {
    const settled = judgeByRules(tool, configuration(), flags) ?? answers.before(tool);
    if (settled || !ask) return Promise.resolve(settled ?? nobodyToAsk(tool));
    const answered = lastQuestion.then(
      // The answer to the question before may have settled this one.
      async () => {
        // The program that the question is about, not the one of the moment when the answer comes.
        const decided = answers.toolOf(tool);
        return answers.before(tool) ?? answers.take(await ask(tool, args, signal), decided);
      },
    );
    lastQuestion = answered.catch(() => {});
    return answered;
  };
}

const ALLOWED: Permission = { allowed: true };
const NEVER: Permission = { allowed: false, reason: "the user said never" };

function judgeByRules(
  tool: CatalogueTool,
  configuration: Configuration,
  flags: ToolFlags,
): Permission | undefined {
  const { servers } = configuration.mcp;
  const trusted = servers.some((server) => server.name === tool.server && server.trusted);
  const verdict = judge(tool, rulesOf(configuration, flags), trusted);
  if (verdict === "ask") return undefined;
  return verdict === "allow" ? ALLOWED : { allowed: false, reason: "a deny rule forbids it" };
}

function nobodyToAsk({ server, name }: CatalogueTool): Permission {
  return { allowed: false, reason: `nothing allows it; use --allow '${server}/${name}' or --yes` };
}

/**
 * What the user answered for this session, and for good. It holds for the very program that they were asked about: the
 * server's name may stand for another one tomorrow, or after a change of the configuration.
 */
class Answers {
  /** Those for good too, for when there is no store. */
  readonly #thisSession = new Map<string, Verdict>();

  readonly #decisions: ApproveOptions["decisions"];
  readonly #configuration: ApproveOptions["configuration"];

  constructor(decisions: ApproveOptions["decisions"], configuration: ApproveOptions["configuration"]) {
    this.#decisions = decisions;
    this.#configuration = configuration;
  }

  before(tool: CatalogueTool): Permission | undefined {
    const decided = this.toolOf(tool);
    if (!decided) return undefined;
    const verdict =
      this.#thisSession.get(keyOf(decided.tool)) ??
      this.#thisSession.get(decided.key) ??
      this.#decisions()?.get(decided.tool);
    return verdict && (verdict === "allow" ? ALLOWED : NEVER);
  }

  take(answer: Answer, decided: AskedTool | undefined): Permission {
    if (answer === "no") return { allowed: false, reason: "the user said no" };
    if (answer === "once") return ALLOWED;
    const verdict = answer === "never" ? "deny" : "allow";
    // A denial holds however the tool changes.
    if (decided) this.#thisSession.set(verdict === "deny" ? keyOf(decided.tool) : decided.key, verdict);
    if (decided && answer !== "session") this.#decisions()?.set(decided.tool, verdict);
    return verdict === "allow" ? ALLOWED : NEVER;
  }

  /** Undefined when the server is not configured any more: what it runs cannot be told, so that each call is asked. */
  toolOf(tool: CatalogueTool): AskedTool | undefined {
    const { server, name } = tool;
    const config = this.#configuration().mcp.servers.find((one) => one.name === server);
    if (!config) return undefined;
    const decided = { server, serverKey: identityKey(config), name };
    return { tool: decided, key: `${keyOf(decided)} ${fingerprintOf(tool)}` };
  }
}

interface AskedTool {
  tool: DecidedTool;
  /** Of this very tool as it was when it was asked about: a server may change it. */
  key: string;
}

function keyOf({ server, serverKey, name }: DecidedTool): string {
  return JSON.stringify([server, serverKey, name]);
}
