/** When days begin, by the clock on the wall. Pure but for the time zone. */

/** The midnight before `now`, and so many days before that one: by the calendar, as a day may have 23 hours. */
export function midnightBefore(now: number, days = 0): number {
  const date = new Date(now);
  date.setHours(0, 0, 0, 0);
  return date.setDate(date.getDate() - days);
}
