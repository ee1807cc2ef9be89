/** What is on disk, looked at from outside, also while a program has it open. */
import { Database } from "bun:sqlite";

export interface StoredMessage {
  role: string;
  status: string;
  text: string;
}

interface Row {
  role: string;
  status: string;
  blocks: string;
}

/** All messages, the oldest first. To be called when a request has come: its question is on disk, so there is a database. */
export function storedMessages({ databaseFile }: { databaseFile: string }): StoredMessage[] {
  const database = new Database(databaseFile, { readonly: true });
  try {
    const rows = database.query<Row, []>("SELECT role, status, blocks FROM messages ORDER BY id").all();
    return rows.map(({ role, status, blocks }) => ({ role, status, text: textOf(blocks) }));
  } finally {
    database.close();
  }
}

function textOf(blocks: string): string {
  const parsed: { text?: string }[] = JSON.parse(blocks);
  return parsed.map(({ text }) => text ?? "").join("");
}
