/** Small checks of the shape of data that comes from elsewhere, put together to larger ones. Pure. */

export type Check = (value: unknown) => boolean;

export const isAnything: Check = () => true;
export const isText: Check = (value) => typeof value === "string";
export const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
export const isFlag: Check = (value) => typeof value === "boolean";

/** `isCount` for numbers of things and numbers of messages. */
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

export function isOneOf(...values: readonly unknown[]): Check {
  return (value) => values.includes(value);
}

/** JSON has no undefined: what is absent is not there at all. */
export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** An object with at least these members. */
export function shaped(members: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(members);
  return (value) => isObject(value) && checks.every(([key, check]) => check(value[key]));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One of several objects, told apart by the member `type`. */
export function variant(kinds: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (!isObject(value) || typeof value.type !== "string") return false;
    return Object.hasOwn(kinds, value.type) && kinds[value.type]?.(value) === true;
  };
}
