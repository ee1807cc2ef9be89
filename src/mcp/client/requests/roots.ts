/** Folders as a server is told of them. */
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

export function rootsOf(folders: readonly string[]): { uri: string; name: string }[] {
  return folders.map((folder) => ({ uri: pathToFileURL(folder).href, name: basename(folder) || folder }));
}
