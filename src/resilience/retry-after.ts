/**
 * Milliseconds that a server asks to wait (RFC 9110, 10.2.3: seconds or an HTTP-date; `retry-after-ms` is an
 * extension of OpenAI's), or undefined when it says nothing that makes sense.
 *
 * `wallNow` is in milliseconds since the Unix epoch; a date in the past means no wait.
 */
export function parseRetryAfter(headers: Headers, wallNow: number): number | undefined {
  const exact = decimal(headers.get("retry-after-ms"));
  if (exact !== undefined) return exact;
  const header = headers.get("retry-after")?.trim();
  if (!header) return undefined;
  const seconds = decimal(header);
  if (seconds !== undefined) return seconds * 1000;
  const date = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallNow);
}

function decimal(text: string | null): number | undefined {
  return text !== null && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
