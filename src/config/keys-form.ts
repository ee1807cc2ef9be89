/** Keys of providers as they lie in a file, what is believed of what lies there, and what a key can be. Pure. */

import { NAME_FORM } from "./forms.ts";

/** The key itself, or that the keychain has it; and whether the keychain may still have one that it has replaced. */
export type StoredKey =
  | { readonly key: string; readonly olderInKeychain?: true }
  | { readonly inKeychain: true };

const VERSION = 1;
/** What a header can carry. */
const KEY = /^[\x21-\x7e]+$/;
/** Of a shorter one four characters would be too much. */
const LEAST_FOR_END = 20;
const SHOWN_CHARACTERS = 4;
/** What people mean by words is shorter, unless it has digits in it. */
const LONGER_THAN_WORDS = 25;
const LEAST_MIXED = 16;

/** Whether a text can be a key at all. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** Whether a word that nothing knows may be a key in the wrong place, which nobody wants to see again. */
export function looksLikeKey(word: string): boolean {
  const isMixed = /\d/.test(word) && /[A-Za-z]/.test(word);
  return (
    word.length >= LONGER_THAN_WORDS ||
    /^(?:sk|gsk|xai)[-_]/.test(word) ||
    (isMixed && word.length >= LEAST_MIXED)
  );
}

/** The last characters of a key, to know it by; undefined where even they are too much to show. */
export function endOf(key: string): string | undefined {
  return isKey(key) && key.length >= LEAST_FOR_END ? key.slice(-SHOWN_CHARACTERS) : undefined;
}

export function keysText(table: ReadonlyMap<string, StoredKey>): string {
  const keys = [...table].map(([provider, stored]) => [provider, entryOf(stored)]);
  return `${JSON.stringify({ version: VERSION, keys: Object.fromEntries(keys) }, undefined, 2)}\n`;
}

function entryOf(stored: StoredKey): object {
  if (!("key" in stored)) return { in_keychain: true };
  return { key: stored.key, ...(stored.olderInKeychain && { older_in_keychain: true }) };
}

/** Undefined for a text that is something else. */
export function keysIn(text: string): Map<string, StoredKey> | undefined {
  const file = parsed(text);
  if (!isTable(file) || file.version !== VERSION || !isTable(file.keys)) return undefined;
  const keys = Object.entries(file.keys).map(([provider, value]) => [provider, storedKey(value)] as const);
  const table = new Map<string, StoredKey>();
  for (const [provider, stored] of keys) {
    if (!stored || !NAME_FORM.pattern.test(provider)) return undefined;
    table.set(provider, stored);
  }
  return table;
}

function storedKey(value: unknown): StoredKey | undefined {
  if (!isTable(value)) return undefined;
  if (value.in_keychain === true) return { inKeychain: true };
  if (typeof value.key !== "string" || !isKey(value.key)) return undefined;
  return { key: value.key, ...(value.older_in_keychain === true && { olderInKeychain: true }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
