/** What was attached to a message, once it is read. */
import type { Media } from "../lib/conversation.ts";
import type { Notify } from "../lib/notice.ts";

export type Attachment = { kind: "text"; name: string; text: string } | { kind: "media"; media: Media };

/** Bytes as they were read, and what is known of them beside. */
export interface RawAttachment {
  /** As the user wrote it, but without credentials. */
  name: string;
  /** For a medium: the end of the name. */
  title: string;
  bytes: Uint8Array;
  /** What its sender says of how the text is encoded. */
  charset?: string;
  /** Its sender says that it is text. */
  isText?: boolean;
  /** Its sender says that it is a page. */
  isPage?: boolean;
}

export interface KindOptions {
  /** The configuration's `attachments.max_bytes`. */
  maxBytes: number;
  notify: Notify;
}

/** A text that is larger than this would not fit any model's context. */
export const LARGEST_TEXT_BYTES = 10 * 1024 * 1024;
