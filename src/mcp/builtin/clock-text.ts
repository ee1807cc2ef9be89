/** How the clock tells the time. The demo model reads this form and no other (scripts/demo/clock-words.ts). */

/** Such as `Monday, 23 November 2026, 19:54:05 (Europe/Berlin, UTC+01:00)`; English whatever the machine speaks. */
export function clockText(time: Date, timeZone?: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset",
    timeZone,
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  const date = `${part("weekday")}, ${part("day")} ${part("month")} ${part("year")}`;
  const clock = `${part("hour")}:${part("minute")}:${part("second")}`;
  const offset = part("timeZoneName").replace("GMT", "UTC");
  return `${date}, ${clock} (${format.resolvedOptions().timeZone}, ${offset})`;
}
