/** Whose failure is told by those who asked for the server, so that nobody hears it twice. */
export class Hush {
  readonly #once = new Set<string>();
  #all = false;

  has(server: string): boolean {
    return this.#all || this.#once.has(server);
  }

  /** Until somebody has waited for them: who does is told. */
  once(servers: readonly string[]): void {
    for (const server of servers) this.#once.add(server);
  }

  /** Whatever happens is told to somebody who asked. */
  all(): void {
    this.#all = true;
  }

  heard(server: string): void {
    this.#once.delete(server);
  }
}
