/** A file that grows, and its checksum with it. */
import { type FileHandle, open } from "node:fs/promises";
import { diskError } from "./problem.ts";

const READ_BYTES = 1024 * 1024;

export class PartialFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  #hasher = new Bun.CryptoHasher("sha256");
  #bytes = 0;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** Opens the file, which need not be there; its place in the checksum is at the beginning. Throws PullError. */
  static async open(path: string): Promise<PartialFile> {
    try {
      // For its owner alone, as all that mcpchat keeps; "a" makes it without emptying one that is there.
      await (await open(path, "a", 0o600)).close();
      return new PartialFile(await open(path, "r+"), path);
    } catch (error) {
      throw diskError(path, error);
    }
  }

  /** How much there is, as far as the checksum knows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes up what the file holds already. Throws PullError, and what the signal says. */
  async resume(onBytes: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    const buffer = Buffer.alloc(READ_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#try(() => this.#handle.read(buffer, 0, READ_BYTES, this.#bytes));
      if (bytesRead === 0) return;
      this.#hasher.update(buffer.subarray(0, bytesRead));
      this.#bytes += bytesRead;
      onBytes(this.#bytes);
    }
  }

  /** Empties it. */
  async restart(): Promise<void> {
    await this.#try(() => this.#handle.truncate(0));
    this.#hasher = new Bun.CryptoHasher("sha256");
    this.#bytes = 0;
  }

  /** Throws PullError; what was written of the chunk by then counts. */
  async append(chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.length; ) {
      const rest = chunk.subarray(written);
      const { bytesWritten } = await this.#try(() => this.#handle.write(rest, 0, rest.length, this.#bytes));
      this.#hasher.update(rest.subarray(0, bytesWritten));
      this.#bytes += bytesWritten;
      written += bytesWritten;
    }
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#try(() => this.#handle.stat())).size === 0;
  }

  /** SHA-256 of all, in hexadecimal digits. */
  digest(): string {
    return this.#hasher.copy().digest("hex");
  }

  /** Resolves when all is on the disk. */
  async sync(): Promise<void> {
    await this.#try(() => this.#handle.sync());
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #try<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw diskError(this.#path, error);
    }
  }
}
