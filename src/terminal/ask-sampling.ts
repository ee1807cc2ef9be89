/** Asks the person at the terminal whether a server may put a question to their model. */
import { singleLine } from "../lib/text-layout.ts";
import { reveal } from "../lib/text-reveal.ts";
import type { LineEditor } from "./line-editor-port.ts";

export type SamplingAnswer = "once" | "session" | "no";

export interface SamplingQuestion {
  server: string;
  system?: string;
  /** Who says what, in order. */
  messages: readonly { role: string; text: string }[];
  /** Names of the server's own tools. */
  tools: readonly string[];
  maxTokens: number;
}

const LONGEST_NAME = 80;
const CUT = 300;
const SHOWN_MESSAGES = 4;
const ANSWERS: Readonly<Record<string, SamplingAnswer>> = { o: "once", y: "once", s: "session", n: "no" };
const CHOICES = "[o]nce, this [s]ession, [n]o, or show [a]ll of it? ";

/** What the person reads: everything with `whole`, else the beginnings of the first messages. */
export function describeSampling(
  { server, system, messages, tools, maxTokens }: SamplingQuestion,
  whole: boolean,
): string {
  const said = [...(system === undefined ? [] : [{ role: "system", text: system }]), ...messages];
  const kept = whole ? said : said.slice(0, SHOWN_MESSAGES);
  const rows = kept.map(({ role, text }) => `  ${role}: ${excerpt(text, whole)}`);
  const left = said.length - kept.length;
  return [
    `server ${singleLine(server, LONGEST_NAME)} wants to ask your model, for at most ${maxTokens} tokens:`,
    ...rows,
    ...(left > 0 ? [`  and ${left} more`] : []),
    ...(tools.length > 0 ? [`  with its tools ${singleLine(reveal(tools.join(", ")), CUT)}`] : []),
  ].join("\n");
}

function excerpt(text: string, whole: boolean): string {
  const shown = reveal(text).trim();
  if (whole || shown.length <= CUT) return shown.split("\n").join("\n    ");
  return `${shown.slice(0, CUT).split("\n").join("\n    ")}… (${text.length} characters)`;
}

/** Asks, and waits as long as it takes. Ctrl-C, Ctrl-D and Escape mean no. Rejects with the signal's reason. */
export async function askSampling(
  editor: Pick<LineEditor, "key" | "print">,
  question: SamplingQuestion,
  signal: AbortSignal,
): Promise<SamplingAnswer> {
  editor.print(describeSampling(question, false));
  for (;;) {
    const key = await editor.key(CHOICES, `${Object.keys(ANSWERS).join("")}a`, signal);
    if (key !== "a") return (key && ANSWERS[key]) || "no";
    editor.print(describeSampling(question, true));
  }
}
