/**
 * What a part of mcpchat has to tell the person in front of it. Parts do not print: they are handed a Notify,
 * and the surface that runs them (one-shot, chat, JSON) decides where and how a notice appears.
 */
export type NoticeLevel = "info" | "warn" | "error";
export type Notify = (level: NoticeLevel, text: string) => void;
