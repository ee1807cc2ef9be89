/**
 * What the executable holds of the library's native files. Here, in the sources, nothing: they are used where npm has
 * put them. build.ts puts a module in the place of this one (scripts/embed-llama.ts).
 */

/** One content in the archive; the same one may be wanted under several names. */
export interface EmbeddedContent {
  bytes: number;
  /** In hexadecimal digits. */
  sha256: string;
  /** Where it belongs in the library's folder, with slashes. */
  names: readonly string[];
}

export interface Embedded {
  /** The library's version, and a hash of all names and contents: each build's files have a folder of their own. */
  version: string;
  /** Where the archive lies in the executable: the contents one after the other, compressed with zstd. */
  archive: string;
  contents: readonly EmbeddedContent[];
}

export const embedded: Embedded | undefined = undefined;
