/** JSON for a stream that may be a terminal. */

/** What JSON leaves as it is and a terminal would obey, reorder by or not show. */
const HIDDEN = /[[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]--\n]/gv;

/** The JSON of a value, everything invisible in it written as `\u202e`: harmless as it stands, the same when parsed. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(HIDDEN, escapeUnits);
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
