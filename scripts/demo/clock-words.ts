/**
 * The pieces that the clock's answer is made of (src/mcp/builtin/clock-text.ts), such as "Monday, 23 November 2026, 19:54:05
 * (Europe/Berlin, UTC+01:00)". Each part of a time has pieces of its own form, so that no piece can stand for two parts, and
 * the demo model says them as they are: "It is 19:54:05 on Monday, 23 November 2026, says the clock."
 */

/** In the order in which the demo says them. */
export const CLOCK_PARTS = ["hour", "minute", "second", "weekday", "day", "month", "year"] as const;
export type ClockPart = (typeof CLOCK_PARTS)[number];

const FIRST_YEAR = 2024;
const YEARS = 40;
const two = (number: number) => String(number).padStart(2, "0");
const numbers = (count: number, first = 0) => Array.from({ length: count }, (_, index) => index + first);

/** The pieces of each part, by the number that the model knows them by within the part. */
export const CLOCK_PIECES: Record<ClockPart, readonly string[]> = {
  hour: numbers(24).map((hour) => ` ${two(hour)}:`),
  minute: numbers(60).map((minute) => `${two(minute)}:`),
  second: numbers(60).map((second) => `${two(second)} `),
  weekday: names("weekday", 7).map((name) => `${name},`),
  day: numbers(31, 1).map((day) => ` ${day} `),
  month: names("month", 12).map((name) => `${name} `),
  year: numbers(YEARS, FIRST_YEAR).map((year) => `${year},`),
};

/** What stands between the parts where the demo says them. */
export const BEFORE_HOUR = "It is";
export const BEFORE_WEEKDAY = "on ";

/** The zone's offset has the form of a minute; as a piece with its sign it is none. */
export const OFFSETS: readonly string[] = ["+", "-"].flatMap((sign) =>
  numbers(15).map((hour) => `${sign}${two(hour)}:`),
);

function names(part: "weekday" | "month", count: number): string[] {
  const format = new Intl.DateTimeFormat("en-GB", { [part]: "long", timeZone: "UTC" });
  // 1 January 2024 was a Monday.
  const dates = numbers(count).map((index) =>
    part === "month" ? Date.UTC(2024, index, 1) : Date.UTC(2024, 0, index + 1),
  );
  return dates.map((date) => format.format(date));
}
