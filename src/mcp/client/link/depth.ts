/**
 * How deep a value is nested. What a server sends may be nested so deep that whoever walks through it by calling
 * themselves runs out of stack; nothing here does.
 */

/** Deeper than anything that is meant, and far from the end of the stack. */
const MOST_OF_A_MESSAGE = 512;

/** Stands in the place of what is below. */
export const TOO_DEEP = "[nested too deep]";

/** Whether there are more than `most` arrays and objects inside each other. */
export function isDeeperThan(value: unknown, most: number): boolean {
  return levelBelow(value, most).length > 0;
}

/** Takes away, in place, what a message has below the deepest level that is borne; says so where it was. */
export function flatten<T>(message: T, most = MOST_OF_A_MESSAGE): T {
  if (most < 1) return message;
  for (const container of levelBelow(message, most - 1)) {
    for (const [key, member] of Object.entries(container)) {
      if (isContainer(member)) Reflect.set(container, key, TOO_DEEP);
    }
  }
  return message;
}

/** The arrays and objects that are inside so many others. */
function levelBelow(value: unknown, depth: number): object[] {
  let level = [value].filter(isContainer);
  for (let passed = 0; passed < depth && level.length > 0; passed++) level = level.flatMap(containersIn);
  return level;
}

function containersIn(container: object): object[] {
  return Object.values(container).filter(isContainer);
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
