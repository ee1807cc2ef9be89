/**
 * Where to cut a conversation that grows, without remembering where it was cut before. Providers keep the beginning of
 * what they were sent, so that the cut has to stay where it is for many turns, in another run too. Pure.
 */

/**
 * How many parts to leave out at the beginning, so that the rest is at most `budget`; 0 when all of it is. The last part
 * always stays. Of the cuts that keep between half of the budget and all of it, the one at the roundest place is
 * chosen, counted from the beginning in tokens and in binary: it stays the roundest while the conversation grows by a
 * quarter of the budget or more. A larger budget never leaves out more.
 */
export function chooseCut(sizes: readonly number[], budget: number): number {
  const places = placesOf(sizes);
  const total = places.at(-1) ?? 0;
  const last = Math.max(0, sizes.length - 1);
  if (total <= budget) return 0;
  return roundest(places, {
    first: firstThatFits(places, total - budget, last),
    until: total - budget / 2,
    last,
  });
}

/** Where each part begins, and where the last one ends. */
export function placesOf(sizes: readonly number[]): number[] {
  const places = [0];
  for (const size of sizes) places.push((places.at(-1) ?? 0) + size);
  return places;
}

function firstThatFits(places: readonly number[], least: number, last: number): number {
  const first = places.findIndex((place) => place >= least);
  return first < 0 ? last : Math.min(first, last);
}

/** The part from `first` on, and beginning at `until` at the latest, that begins at the roundest place. */
export function roundest(
  places: readonly number[],
  { first, until, last }: { first: number; until: number; last: number },
): number {
  let best = first;
  for (let index = first + 1; index <= last && (places[index] ?? 0) <= until; index++) {
    if (roundness(places, index) > roundness(places, best)) best = index;
  }
  return best;
}

/** The largest power of two of which a multiple lies between the beginnings of the part before and of this one. */
function roundness(places: readonly number[], index: number): number {
  return 31 - Math.clz32((places[index - 1] ?? 0) ^ (places[index] ?? 0));
}
