/** Bytes as text. Pure. */

/** The text of bytes, without a byte order mark; undefined for what is no text. */
export function decodeText(bytes: Uint8Array, charset?: string, isText = false): string | undefined {
  const marked = encodingOfMark(bytes);
  if (marked) return decode(bytes, marked);
  if (bytes.includes(0)) return undefined;
  const text = decode(bytes, "utf-8");
  if (text !== undefined) return charset === undefined ? text : (decode(bytes, charset) ?? text);
  if (charset === undefined && !isText) return undefined;
  // What the web takes for text in no known encoding (WHATWG Encoding, 4.2).
  return (charset === undefined ? undefined : decode(bytes, charset)) ?? decode(bytes, "windows-1252");
}

/** Whether bytes that are no UTF-8 look like text in another encoding: nothing that only a program would write. */
export function looksLikeText(bytes: Uint8Array): boolean {
  return (
    bytes.length > 0 && bytes.every((byte) => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b)
  );
}

function encodingOfMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return undefined;
}

/** Undefined for what is not in this encoding, or where there is no such encoding. */
function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    // What is no label of an encoding throws, as what is not in the encoding does.
    return new TextDecoder(encoding as Bun.Encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
