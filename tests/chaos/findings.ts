/** What was found to be broken, each thing once. */
export class Findings {
  readonly #texts = new Set<string>();

  add(text: string): void {
    this.#texts.add(text);
  }

  addAll(texts: readonly string[]): void {
    for (const text of texts) this.add(text);
  }

  get all(): string[] {
    return [...this.#texts];
  }
}
