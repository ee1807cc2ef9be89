/**
 * What each family of Claude's models takes, by its name: the API answers a request with a setting that its model does
 * not know with a 400. A model of tomorrow is taken for one like the latest.
 * https://platform.claude.com/docs/en/build-with-claude/thinking
 */

export interface Family {
  /** With a budget of tokens, or as it sees fit. */
  thinking: "none" | "budget" | "adaptive";
  /** How it is told not to think. */
  off: "unsaid" | "disabled" | "between_tools" | "never";
  /** Thoughts come without their text unless that is asked for, and may go back without it. */
  hidden: boolean;
  /** A thought is refused once anything that was said before it has changed. */
  bound: boolean;
  /** Of temperature, top_p and top_k. */
  sampling: "all" | "one" | "none";
  /** Whether it can be held to a JSON schema. */
  schema: boolean;
  /** The limit of an answer when nobody sets one: it is demanded. */
  maxTokens: number;
  /** A limit that does not fit into the window beside what is sent is refused; else the answer ends with the window. */
  refusesOverflow: boolean;
}

/** `version` is 405 for 4.5. */
interface Name {
  line: string;
  version: number;
}

const OLD_NAME = /claude-(\d)(?:[-.](\d))?(?!\d)/;
const NAME = /claude-([a-z]+)-(\d+)(?:[-.](\d{1,2})(?!\d))?/;
/** What a version is compared with when a name says none, such as `claude-next`. */
const LATEST: Name = { line: "", version: 9900 };

export function familyOf(model: string): Family {
  if (!model.includes("claude")) return FOREIGN;
  const name = nameOf(model);
  return name.version < 406 ? earlier(name) : adaptive(name);
}

function nameOf(model: string): Name {
  const old = OLD_NAME.exec(model);
  if (old) return { line: "", version: versionOf(old[1], old[2]) };
  const named = NAME.exec(model);
  return named ? { line: named[1] ?? "", version: versionOf(named[2], named[3]) } : LATEST;
}

function versionOf(major = "0", minor = "0"): number {
  return Number(major) * 100 + Number(minor);
}

/** A model of another house behind the same API: what Claude's earlier models take is what others imitate. */
const FOREIGN: Family = {
  thinking: "budget",
  off: "disabled",
  hidden: true,
  bound: false,
  sampling: "all",
  schema: false,
  maxTokens: 8192,
  refusesOverflow: true,
};

function earlier({ line, version }: Name): Family {
  const thinks = version >= 307;
  return {
    thinking: thinks ? "budget" : "none",
    off: thinks ? "disabled" : "unsaid",
    hidden: false,
    bound: false,
    sampling: version >= 401 ? "one" : "all",
    schema: version >= 405 || (line === "opus" && version === 401),
    maxTokens: earlierLimit(version),
    refusesOverflow: version < 405,
  };
}

/** What the smallest of them takes. */
function earlierLimit(version: number): number {
  if (version < 305) return 4096;
  if (version < 307) return 8192;
  return version < 405 ? 32_000 : 64_000;
}

const SETTLED_LINES: readonly string[] = ["opus", "sonnet", "haiku"];

function adaptive({ line, version }: Name): Family {
  return {
    thinking: "adaptive",
    off: offOf(line, version),
    hidden: version >= 407,
    bound: version > 500 && !(line === "haiku" && version === 505),
    sampling: version >= 407 ? "none" : "one",
    schema: true,
    // Half of what they take: it bounds what a model that goes astray can cost.
    maxTokens: 64_000,
    refusesOverflow: false,
  };
}

function offOf(line: string, version: number): Family["off"] {
  if (SETTLED_LINES.includes(line) && version <= 500) return "disabled";
  if (version !== 505) return "never";
  if (line === "haiku") return "disabled";
  return line === "sonnet" ? "between_tools" : "never";
}
