/** What is on disk of a session, read from outside, against what was asked and sent. */
import { Database } from "bun:sqlite";
import type { Block } from "../../src/lib/conversation.ts";
import { type Question, questionsIn } from "./story.ts";

interface Row {
  id: number;
  parent_id: number | null;
  role: "user" | "assistant";
  status: string;
  blocks: string;
}

interface Message {
  id: number;
  parent: number | null;
  role: "user" | "assistant";
  status: string;
  blocks: Block[];
}

interface Session {
  id: string;
  tip: number | null;
  messages: Message[];
}

/** Undefined when there is no session of this name. */
export function readSession(file: string, name: string): Session | undefined {
  const database = new Database(file, { readonly: true });
  try {
    const session = database
      .query<{ id: string; tip: number | null }, [string]>("SELECT id, tip FROM sessions WHERE name = ?")
      .get(name);
    if (!session) return undefined;
    const rows = database
      .query<Row, [string]>("SELECT * FROM messages WHERE session_id = ? ORDER BY id")
      .all(session.id)
      .map(({ parent_id, blocks, ...row }) => ({ ...row, parent: parent_id, blocks: JSON.parse(blocks) }));
    return { ...session, messages: rows };
  } finally {
    database.close();
  }
}

/** What is wrong with the stored session; nothing if all is well. */
export function sessionComplaints({ tip, messages }: Session, questions: readonly Question[]): string[] {
  return [
    ...chainComplaints(tip, messages),
    ...questionComplaints(messages, questions),
    ...questions.flatMap((question) => answerComplaints(messages, question)),
    ...resultComplaints(messages, questions),
  ];
}

/** With one writer at a time every message follows the one before it. */
function chainComplaints(tip: number | null, messages: readonly Message[]): string[] {
  const stray = messages.filter(({ parent }, index) => parent !== (messages[index - 1]?.id ?? null));
  const complaints = stray.map(
    ({ id, blocks }) => `message ${id} is on a branch: ${textOf(blocks).slice(0, 60)}`,
  );
  if (tip !== (messages.at(-1)?.id ?? null))
    complaints.push(`the session does not end with its last message`);
  return complaints;
}

function questionComplaints(messages: readonly Message[], questions: readonly Question[]): string[] {
  const stored = messages
    .filter(({ role }) => role === "user")
    .flatMap(({ blocks }) => questionsIn(textOf(blocks)));
  const complaints: string[] = [];
  for (const { number, requests } of questions) {
    const times = stored.filter((one) => one === number).length;
    if (times > 1) complaints.push(`question ${number} is stored ${times} times`);
    if (times === 0 && requests > 0) complaints.push(`question ${number} was accepted and is lost`);
  }
  if (stored.some((number, index) => number <= (stored[index - 1] ?? 0))) {
    complaints.push(`the questions are out of order: ${stored.join()}`);
  }
  const known = questions.map(({ number }) => number);
  const foreign = stored.filter((number) => !known.includes(number));
  if (foreign.length > 0) complaints.push(`questions of another session: ${foreign.join()}`);
  return complaints;
}

function answerComplaints(messages: readonly Message[], { number, sent, answer }: Question): string[] {
  const begin = messages.findIndex(
    ({ blocks, role }) => role === "user" && questionsIn(textOf(blocks)).includes(number),
  );
  const rest = begin < 0 ? [] : messages.slice(begin + 1);
  const next = rest.findIndex(
    ({ blocks, role }) => role === "user" && questionsIn(textOf(blocks)).length > 0,
  );
  const answers = (next < 0 ? rest : rest.slice(0, next)).filter(({ role }) => role === "assistant");
  const complaints: string[] = [];
  for (const { status, blocks } of answers) {
    const text = textOf(blocks);
    const isWhole = sent.includes(text);
    if (status === "complete" && !isWhole)
      complaints.push(`stored as complete, never sent: ${text.slice(0, 60)}`);
    if (!sent.some((one) => one.startsWith(text)))
      complaints.push(`stored, never sent: ${text.slice(0, 60)}`);
  }
  const texts = answers.map(({ blocks }) => textOf(blocks)).filter((text) => text !== "");
  if (new Set(texts).size < texts.length) complaints.push(`an answer to question ${number} is stored twice`);
  if (answer === undefined) return complaints;
  const last = answers.at(-1);
  if (last?.status === "complete" && textOf(last.blocks) === answer) return complaints;
  return [
    ...complaints,
    `the completed answer to question ${number} is not stored: ${last?.status ?? "nothing"}`,
  ];
}

/** Each call of a turn that ended well has one result, in the message after it, and a good result is that of the call. */
function resultComplaints(messages: readonly Message[], questions: readonly Question[]): string[] {
  const answered = new Set(
    questions.filter(({ answer }) => answer !== undefined).map(({ number }) => number),
  );
  return messages.flatMap(({ role, blocks }, index) => {
    if (role !== "assistant") return [];
    const results = (messages[index + 1]?.blocks ?? []).filter((block) => block.type === "tool_result");
    return blocks.flatMap((block) => {
      if (block.type !== "tool_call" || !answered.has(Number(block.id.split("_")[1]))) return [];
      const own = results.filter(({ callId }) => callId === block.id);
      if (own.length !== 1) return [`the call ${block.id} has ${own.length} results`];
      const good = own.every(({ isError, content }) => isError === true || content.includes(block.id));
      return good ? [] : [`the call ${block.id} has the result of another: ${own[0]?.content.slice(0, 60)}`];
    });
  });
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
}
