/**
 * Whose conversation the evaluated tokens of a sequence are, and their way to a file and back, so that neither the next
 * turn nor a resumed session evaluates again what was evaluated before.
 */
import fs from "node:fs";
import { dirname } from "node:path";
import type { LlamaContextSequence } from "node-llama-cpp";
import { ensurePrivateFolder, writePrivateFile } from "../../lib/file.ts";
import type { ConversationState } from "../port.ts";
import type { Spoken } from "./respell.ts";

/** Larger states take longer to write than they save. */
const MOST_BYTES = 512 * 2 ** 20;

/** What is kept beside the state, which the library writes. */
interface Note {
  bytes: number;
  tokens: number;
  contextSize: number;
  spoken: Spoken[];
  dropped: number;
}

export class ConversationKeeper {
  readonly #sequence: LlamaContextSequence;
  readonly #bytesPerToken: number;
  #state: ConversationState | undefined;
  #spoken: Spoken[] = [];
  #kept = true;
  /** How many of the conversation's oldest turns are not among the evaluated tokens. */
  dropped = 0;

  constructor(sequence: LlamaContextSequence, bytesPerToken: number) {
    this.#sequence = sequence;
    this.#bytesPerToken = bytesPerToken;
  }

  /** Where the model's own words lie among the evaluated tokens, in order. */
  get spoken(): readonly Spoken[] {
    return this.#spoken;
  }

  /** Makes the sequence that of `state`: as it was left, as a file has it, or empty. */
  async open(state: ConversationState | undefined): Promise<void> {
    const same = state !== undefined && state.id === this.#state?.id;
    if (same) {
      this.#state = state;
      return;
    }
    await this.keep();
    this.#state = state;
    this.#spoken = [];
    this.dropped = 0;
    if (this.#sequence.nextTokenIndex > 0) await this.#sequence.clearHistory();
    if (state?.file !== undefined) await this.#restore(state.file);
  }

  /** To be told of each answer: the evaluated tokens from `start` on. */
  said(start: number): void {
    const end = this.#sequence.nextTokenIndex;
    this.#spoken = [
      ...this.#spoken.filter((range) => range.end <= start),
      ...(end > start ? [{ start, end }] : []),
    ];
    this.#kept = false;
  }

  /** Writes the state to its file, if it has one and has changed. A state that cannot be written costs time later. */
  async keep(): Promise<boolean> {
    const { file } = this.#state ?? {};
    const bytes = this.#sequence.nextTokenIndex * this.#bytesPerToken;
    if (this.#kept || file === undefined || bytes === 0 || bytes > MOST_BYTES) return false;
    const temporary = `${file}.${process.pid}.tmp`;
    const { nextTokenIndex: tokens, contextSize } = this.#sequence;
    try {
      ensurePrivateFolder(dirname(file));
      const { fileSize } = await this.#sequence.saveStateToFile(temporary);
      fs.chmodSync(temporary, 0o600);
      syncFile(temporary);
      // First without its note, then with it: a state beside the note of another is not read.
      fs.rmSync(noteOf(file), { force: true });
      fs.renameSync(temporary, file);
      const note: Note = {
        bytes: fileSize,
        tokens,
        contextSize,
        spoken: this.#spoken,
        dropped: this.dropped,
      };
      writePrivateFile(noteOf(file), JSON.stringify(note));
      this.#kept = true;
      return true;
    } catch {
      fs.rmSync(temporary, { force: true });
      return false;
    }
  }

  /** A damaged state can end the process, so that it is out of the way before it is read. */
  async #restore(file: string): Promise<void> {
    const note = readNote(file);
    // One that does not fit may fit the next time.
    if (!note || note.tokens > this.#sequence.contextSize) return;
    const taken = `${file}.${process.pid}.tmp`;
    try {
      fs.renameSync(file, taken);
      await this.#sequence.loadStateFromFile(taken, { acceptRisk: true });
      fs.renameSync(taken, file);
      this.#spoken = note.spoken;
      // With another context there is room for other turns.
      this.dropped = note.contextSize === this.#sequence.contextSize ? note.dropped : 0;
      this.#kept = true;
    } catch {
      fs.rmSync(taken, { force: true });
      if (this.#sequence.nextTokenIndex > 0) await this.#sequence.clearHistory();
    }
  }
}

function noteOf(file: string): string {
  return `${file}.json`;
}

/** Undefined unless it belongs to the state beside it. */
function readNote(file: string): Note | undefined {
  try {
    const note: unknown = JSON.parse(fs.readFileSync(noteOf(file), "utf8"));
    if (typeof note !== "object" || note === null) return undefined;
    if (!("spoken" in note) || !Array.isArray(note.spoken) || !note.spoken.every(isSpoken)) return undefined;
    const [bytes, tokens, contextSize, dropped] = ["bytes", "tokens", "contextSize", "dropped"].map((name) =>
      numberAt(note, name),
    );
    if (bytes === undefined || tokens === undefined || contextSize === undefined || dropped === undefined) {
      return undefined;
    }
    if (bytes !== fs.statSync(file).size) return undefined;
    return { bytes, tokens, contextSize, dropped, spoken: note.spoken };
  } catch {
    return undefined;
  }
}

function isSpoken(value: unknown): value is Spoken {
  if (typeof value !== "object" || value === null || !("start" in value) || !("end" in value)) return false;
  return Number.isSafeInteger(value.start) && Number.isSafeInteger(value.end);
}

function numberAt(note: object, name: string): number | undefined {
  const value: unknown = Reflect.get(note, name);
  return typeof value === "number" ? value : undefined;
}

/** The note is on the disk when it can be read; the state it speaks of has to be, too. */
function syncFile(file: string): void {
  const descriptor = fs.openSync(file, "r+");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
