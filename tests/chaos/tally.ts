/** Counts of what was done and what came of it, by name. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  count(group: string, name: string): void {
    const names = this.#counts.get(group) ?? new Map<string, number>();
    names.set(name, (names.get(name) ?? 0) + 1);
    this.#counts.set(group, names);
  }

  total(group: string): number {
    return this.entries(group).reduce((sum, [, times]) => sum + times, 0);
  }

  of(group: string, name: string): number {
    return this.#counts.get(group)?.get(name) ?? 0;
  }

  /** The most frequent first. */
  entries(group: string): [name: string, times: number][] {
    return [...(this.#counts.get(group) ?? [])].sort(([, a], [, b]) => b - a);
  }
}
