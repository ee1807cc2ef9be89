/**
 * Has the person at the terminal fill in a form of a server: a field a line. The texts of the server are shown with
 * what is hidden in them made visible.
 */
import { singleLine } from "../lib/text-layout.ts";
import { reveal } from "../lib/text-reveal.ts";
import type { LineEditor } from "./line-editor-port.ts";

export interface FormField<Value> {
  name: string;
  label: string;
  description?: string;
  /** What is to be typed. */
  expects: string;
  required: boolean;
  /** Taken for an empty line. */
  standard?: Value;
  choices: readonly string[];
  read(text: string): { value: Value | undefined } | { complaint: string };
}

export interface Form<Value> {
  server: string;
  message: string;
  fields: readonly FormField<Value>[];
}

export type FormAnswer<Value> =
  | { action: "accept"; content: Record<string, Value> }
  | { action: "decline" }
  | { action: "cancel" };

type Editor = Pick<LineEditor, "read" | "key" | "print">;

const DECLINE = ".";
const EXPLAIN = "?";
const LONGEST_LABEL = 80;
const LONGEST_VALUE = 200;

/**
 * Asks for each field, shows what was answered, and asks whether to send it. A `.` declines; Ctrl-C and Ctrl-D close the
 * form. Rejects with the signal's reason.
 */
export async function askForm<Value>(
  editor: Editor,
  { server, message, fields }: Form<Value>,
  signal: AbortSignal,
): Promise<FormAnswer<Value>> {
  editor.print(`server ${singleLine(server, LONGEST_LABEL)} asks: ${indented(message)}`);
  if (fields.length > 0) editor.print(`  (${EXPLAIN} explains a field, ${DECLINE} declines, Ctrl-C stops)`);
  const content: [string, Value][] = [];
  for (const field of fields) {
    const answer = await askField(editor, field, signal);
    if ("action" in answer) return closed(editor, server, answer.action);
    if (answer.value !== undefined) content.push([field.name, answer.value]);
  }
  if (content.length > 0) editor.print(summary(fields, content));
  const key = await editor.key(
    `Send this to ${singleLine(server, LONGEST_LABEL)}: [y]es, [n]o? `,
    "yn",
    signal,
  );
  if (key !== "y") return closed(editor, server, key === "n" ? "decline" : "cancel");
  return { action: "accept", content: Object.fromEntries(content) };
}

function closed(editor: Editor, server: string, action: "decline" | "cancel"): { action: typeof action } {
  const told = action === "decline" ? "declined; it is told no" : "closed without an answer";
  editor.print(`The question of ${singleLine(server, LONGEST_LABEL)} was ${told}.`);
  return { action };
}

type FieldAnswer<Value> = { value: Value | undefined } | { action: "decline" | "cancel" };

async function askField<Value>(
  editor: Editor,
  field: FormField<Value>,
  signal: AbortSignal,
): Promise<FieldAnswer<Value>> {
  if (field.choices.length > 0) editor.print(choicesOf(field));
  for (;;) {
    const input = await editor.read(promptOf(field), signal, "answer");
    if (input.kind === "end") return { action: "cancel" };
    const text = input.text.trim();
    if (text === DECLINE) return { action: "decline" };
    if (text === EXPLAIN) {
      editor.print(`    ${indented(field.description ?? "The server says no more about it.")}`);
      continue;
    }
    const reading = field.read(text);
    if ("value" in reading) return reading;
    editor.print(`    ${reading.complaint}`);
  }
}

function promptOf<Value>({ label, expects, required, standard }: FormField<Value>): string {
  const fallback = standard === undefined ? "" : ` [${shown(standard)}]`;
  const need = required || standard !== undefined ? "" : ", or nothing";
  return `  ${line(label)} (${expects}${need})${fallback}: `;
}

function choicesOf<Value>({ choices, label }: FormField<Value>): string {
  const rows = choices.map((choice, index) => `    ${index + 1}) ${line(choice)}`);
  return [`  ${line(label)}:`, ...rows].join("\n");
}

function summary<Value>(fields: readonly FormField<Value>[], content: readonly [string, Value][]): string {
  return content
    .map(([name, value]) => {
      const label = fields.find((field) => field.name === name)?.label ?? name;
      return `  ${line(label)}: ${shown(value)}`;
    })
    .join("\n");
}

function shown(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  const text = Array.isArray(value) ? value.join(", ") || "none" : String(value);
  return singleLine(reveal(text), LONGEST_VALUE);
}

function line(text: string): string {
  return singleLine(reveal(text), LONGEST_LABEL);
}

/** Lines of a server keep clear of the margin, where only ours begin. */
function indented(text: string): string {
  return reveal(text).trim().split("\n").join("\n    ");
}
