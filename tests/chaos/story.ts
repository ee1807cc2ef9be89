/**
 * A conversation as it is meant to go: the questions that are asked, what the model does about each, and a record of
 * everything that it saw and sent.
 */
import { complaint } from "../fixtures/model-server/checks.ts";
import type { RecordedRequest } from "../fixtures/model-server/record.ts";
import type { Script, ScriptedCall, Turn } from "../fixtures/model-server/script.ts";
import type { Findings } from "./findings.ts";
import type { Random } from "./random.ts";
import { type SeenMessage, seenMessages } from "./transcript.ts";

export interface Question {
  number: number;
  text: string;
  /** For each round of tools: a number for each call, which chooses among the tools on offer. */
  rounds: number[][];
  words: number;
  pieceAfterMs: number;
  /** Requests that came about it: from the first one on it is accepted. */
  requests: number;
  /** Every text that the model began to send for it. */
  sent: string[];
  /** Resolves when the first request has come. */
  seen: PromiseWithResolvers<void>;
  /** The text that ended the turn, once the turn has told that it ended well. */
  answer?: string;
}

export interface SentCall {
  id: string;
  tool: string;
}

/** The tools that the script calls, of whatever server. */
const USED_TOOL = /__(echo|lookup|write)$/;
const QUESTION = /Question (\d+)\b/g;
/** Begins every text of the model: question, round, attempt. */
const REPLY = /Reply \d+\.\d+\.\d+\b/g;

export function questionsIn(text: string): number[] {
  return [...text.matchAll(QUESTION)].map(([, number]) => Number(number));
}

export class Story {
  /** Of the present session. */
  questions: Question[] = [];
  /** Every call that the model has sent, since the beginning. */
  readonly calls: SentCall[] = [];
  readonly #random: Random;
  readonly #findings: Findings;
  readonly #name: string;
  #before: Question[] = [];
  #asked = 0;

  constructor(name: string, random: Random, findings: Findings) {
    this.#name = name;
    this.#random = random;
    this.#findings = findings;
  }

  /** The next question; the same seed gives the same questions. */
  ask(): Question {
    const random = this.#random;
    const number = ++this.#asked;
    const round = () => Array.from({ length: random.between(1, 3) }, () => random.between(0, 1_000_000));
    const question: Question = {
      number,
      text: `Question ${number} of ${this.#name}`,
      rounds: Array.from({ length: random.between(0, 2) }, round),
      words: random.between(2, 20),
      pieceAfterMs: random.between(0, 15),
      requests: 0,
      sent: [],
      seen: Promise.withResolvers(),
    };
    this.questions.push(question);
    return question;
  }

  beginSession(): void {
    this.#before = this.questions;
    this.questions = [];
  }

  readonly script: Script = (request) => {
    const messages = seenMessages(request);
    const at = messages.findLastIndex(({ role, text }) => role === "user" && questionsIn(text).length > 0);
    const number = questionsIn(messages[at]?.text ?? "").at(-1);
    const question = this.questions.find((one) => one.number === number);
    // A request that was on its way when its turn was broken off may come as late as in the next session.
    const late = this.#before.some((one) => one.number === number && one.answer === undefined);
    if (!question && late) return { kind: "answer", text: "Nobody listens any more." };
    if (!question) {
      this.#findings.add(`${this.#name}: a request about no question that was asked: ${messages[at]?.text}`);
      return { kind: "answer", text: "What?" };
    }
    this.#checkSeen(messages);
    question.requests++;
    question.seen.resolve();
    const round = messages.slice(at + 1).filter(({ calls }) => calls > 0).length;
    return this.#reply(question, round, request);
  };

  /** Looks at what the model server was sent, and forgets it. */
  inspect(requests: RecordedRequest[]): void {
    for (const request of requests.splice(0)) {
      const wrong = complaint(request);
      if (wrong !== undefined)
        this.#findings.add(`${this.#name}: the model server refused a request: ${wrong}`);
    }
  }

  #reply(question: Question, round: number, request: RecordedRequest): Turn {
    const mark = `${question.number}.${round}.${question.requests}`;
    const words = Array.from({ length: question.words }, (_, index) => ` word${index + 1}`);
    const pieces = [`Reply ${mark}`, ...words];
    question.sent.push(pieces.join(""));
    const toolCalls = this.#callsFor(question.rounds[round] ?? [], mark, request);
    return { kind: "answer", text: pieces, toolCalls, pieceAfterMs: question.pieceAfterMs };
  }

  #callsFor(picks: readonly number[], mark: string, { tools }: RecordedRequest): ScriptedCall[] {
    const usable = tools.filter((tool) => USED_TOOL.test(tool));
    return picks.flatMap((pick, index) => {
      const tool = usable[pick % usable.length];
      if (tool === undefined) return [];
      const id = `call_${mark.replaceAll(".", "_")}_${index}`;
      this.calls.push({ id, tool });
      return [{ id, name: tool, arguments: { key: id, message: id } }];
    });
  }

  /** The model is to see every accepted question and every completed answer of the session once, in order. */
  #checkSeen(messages: readonly SeenMessage[]): void {
    const textOf = (role: string) =>
      messages
        .filter((one) => one.role === role)
        .map(({ text }) => text)
        .join("\n");
    const asked = questionsIn(textOf("user"));
    const expected = this.questions.filter(({ number, requests }) => requests > 0 || asked.includes(number));
    const numbers = expected.map(({ number }) => number);
    if (asked.join() !== numbers.join()) {
      this.#findings.add(
        `${this.#name}: the model saw the questions ${asked.join()} instead of ${numbers.join()}`,
      );
    }
    const replies = [...textOf("assistant").matchAll(REPLY)].map(([mark]) => mark);
    const twice = replies.find((reply, index) => replies.indexOf(reply) !== index);
    if (twice !== undefined) this.#findings.add(`${this.#name}: the model saw twice: ${twice}`);
    for (const { answer } of this.questions) {
      const mark = answer?.match(REPLY)?.[0];
      if (mark !== undefined && !replies.includes(mark)) {
        this.#findings.add(`${this.#name}: a completed answer did not go to the model again: ${mark}`);
      }
    }
  }
}
