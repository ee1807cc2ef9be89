/** Waits that end at once when they can, and never hang. */

/** Polls until the condition holds; false when the time is over. */
export async function holdsWithin(
  deadlineMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await Bun.sleep(10);
  }
  return true;
}

/** What the promise gives, or "late" when it takes longer. A rejection goes through. */
export async function within<T>(deadlineMs: number, promise: Promise<T>): Promise<T | "late"> {
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), deadlineMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
