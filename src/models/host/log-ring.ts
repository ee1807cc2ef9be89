/** The last lines that the library and llama.cpp had to say: nobody sees them unless something goes wrong. */

const KEPT = 50;

export class LogRing {
  #lines: string[] = [];

  add(level: string, text: string): void {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    this.#lines = [...this.#lines, ...lines.map((line) => `${level}: ${line.trim()}`)].slice(-KEPT);
  }

  /** The first error since `clear`: llama.cpp tells the cause first, and what follows from it later. */
  firstError(): string | undefined {
    return this.#lines.find((one) => /^(error|fatal): /.test(one))?.replace(/^\w+: /, "");
  }

  clear(): void {
    this.#lines = [];
  }
}
