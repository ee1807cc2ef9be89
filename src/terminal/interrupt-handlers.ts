/** Who hears of Ctrl-C while no line is read: the one who asked last. */
export class InterruptHandlers {
  readonly #handlers: (() => void)[] = [];

  /** The returned function takes the handler away again. */
  add(handler: () => void): () => void {
    this.#handlers.push(handler);
    return () => {
      const at = this.#handlers.lastIndexOf(handler);
      if (at >= 0) this.#handlers.splice(at, 1);
    };
  }

  run(): void {
    this.#handlers.at(-1)?.();
  }
}
