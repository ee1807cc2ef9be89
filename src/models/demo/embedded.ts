/**
 * Where the demo model lies in this executable. Here, in the sources, there is none: build.ts puts a module in the place of
 * this one (scripts/embed-demo.ts).
 */

export interface EmbeddedDemo {
  /** A path that only this process can read: llama.cpp needs a file of the file system. */
  path: string;
  bytes: number;
  /** In hexadecimal digits. */
  sha256: string;
}

export const embeddedDemo: EmbeddedDemo | undefined = undefined;
