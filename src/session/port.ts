/**
 * What the rest of mcpchat sees of stored conversations. Every method is a short transaction: it returns when the
 * data is in SQLite's log, and throws StoreError when it is not.
 */
import type { Message, Usage } from "../lib/conversation.ts";

export type MessageStatus = "complete" | "partial" | "failed";

export interface StoredMessage extends Message {
  id: number;
  /** The message before it; null for the first. A session is a tree: a fork is another child of one message. */
  parentId: number | null;
  status: MessageStatus;
  createdAt: number;
  provider?: string;
  model?: string;
  usage?: Usage;
}

export interface SessionSummary {
  id: string;
  name?: string;
  title: string;
  createdAt: number;
  updatedAt: number;
  messages: number;
}

export interface NewMessage extends Message {
  parentId: number | null;
  status: MessageStatus;
  provider?: string;
  model?: string;
}

export interface MessageChange {
  blocks: Message["blocks"];
  status: MessageStatus;
  usage?: Usage;
}

export interface ToolCallRecord {
  messageId: number | null;
  server: string;
  tool: string;
  arguments: string;
  ok: boolean;
  ms: number;
}
