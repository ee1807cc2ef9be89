/** How long to think, in the words of OpenAI's models and of those that imitate its API. */
import type { Effort } from "../port.ts";
import type { EffortField } from "../quirks.ts";

type Level = "none" | "minimal" | "low" | "medium" | "high";

const ORDER: readonly Level[] = ["none", "minimal", "low", "medium", "high"];
const WISHES: Readonly<Record<Effort, Level>> = { off: "none", low: "low", medium: "medium", high: "high" };

/** What families of OpenAI's models take, the first that matches; each refuses the levels that it lacks. */
const FAMILIES: readonly [RegExp, readonly Level[]][] = [
  [/^(gpt-3|gpt-4|chatgpt)|-chat/, []],
  [/^gpt-5-pro/, ["high"]],
  [/^gpt-[\d.]+-pro/, ["medium", "high"]],
  [/^o\d|codex|^gpt-oss/, ["low", "medium", "high"]],
  [/^gpt-5(?![.\d])/, ["minimal", "low", "medium", "high"]],
];
/** From GPT-5.1 on. */
const LATEST: readonly Level[] = ["none", "low", "medium", "high"];

function levelsOf(model: string): readonly Level[] {
  const base = model.toLowerCase().replace(/^ft:/, "");
  return FAMILIES.find(([family]) => family.test(base))?.[1] ?? LATEST;
}

/** Whether a model of OpenAI's thinks before it answers. */
export function isReasoning(model: string): boolean {
  return levelsOf(model).length > 0;
}

/** One line for who wants a model of OpenAI's to think that cannot. */
export function thoughtlessLine(model: string, effort: Effort | undefined): string | undefined {
  if (effort === undefined || effort === "off" || isReasoning(model)) return undefined;
  return `${model} takes no level of thinking: left out`;
}

/** The level of a model of OpenAI's that is the nearest to what is wished, rather more than less. */
export function levelFor(model: string, effort: Effort): Level | undefined {
  const levels = levelsOf(model);
  const wish = ORDER.indexOf(WISHES[effort]);
  return levels.find((level) => ORDER.indexOf(level) >= wish) ?? levels.at(-1);
}

/** Fields of Chat Completions, and of servers that have their own; none when there is no wish. */
export interface EffortParams {
  reasoning_effort?: Level;
  reasoning?: { effort: Level };
  thinking?: { type: "enabled" | "disabled" };
}

export function effortParams(field: EffortField, model: string, effort: Effort | undefined): EffortParams {
  if (effort === undefined || field === "none") return {};
  const wish = WISHES[effort];
  switch (field) {
    case "openai": {
      const level = levelFor(model, effort);
      return level ? { reasoning_effort: level } : {};
    }
    case "levels":
      return { reasoning_effort: effort === "off" && !canStop(model) ? "minimal" : wish };
    case "object":
      return { reasoning: { effort: wish } };
    case "switch":
      return { reasoning_effort: effort === "off" ? "none" : "high" };
    case "thinking":
      if (effort === "off") return { thinking: { type: "disabled" } };
      return { thinking: { type: "enabled" }, reasoning_effort: effort === "low" ? "low" : "high" };
  }
}

/** Of Gemini's, only the small ones before the third generation can be kept from thinking. */
function canStop(model: string): boolean {
  return !model.includes("gemini") || /gemini-2\.\d-flash/.test(model);
}
