/**
 * How deep a value is nested. What a server sends may be nested so deep that whoever walks through it by calling
 * themselves runs out of stack.
 */

/** Whether there are more than `most` arrays and objects inside each other. Linear, and calls nothing that nests. */
export function isDeeperThan(value: unknown, most: number): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 0; depth < most && level.length > 0; depth++) level = level.flatMap(containersIn);
  return level.length > 0;
}

function containersIn(container: object): object[] {
  return Object.values(container).filter(isContainer);
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
