/** Ids of calls in the only form that Mistral takes. */

const FITTING = /^[a-zA-Z0-9]{9}$/;

/** What names ids of calls: those that fit stay as they are, and each other one always gets the same new one. */
export function nineCharacterIds(ids: readonly string[]): (id: string) => string {
  const given = new Map(ids.filter((id) => FITTING.test(id)).map((id) => [id, id]));
  const taken = new Set(given.keys());
  for (const id of ids) {
    if (given.has(id)) continue;
    let fresh = shortened(id);
    for (let n = 2; taken.has(fresh); n++) fresh = shortened(`${id}_${n}`);
    given.set(id, fresh);
    taken.add(fresh);
  }
  return (id) => given.get(id) ?? shortened(id);
}

/** Nine of 36 characters tell ten to the fourteenth apart. */
function shortened(id: string): string {
  return Bun.hash.wyhash(id).toString(36).padStart(9, "0").slice(-9);
}
