/** Whose news an update of a resource is, against a client whose notifications the test sends. */
import { expect, test } from "bun:test";
import type { Client } from "@modelcontextprotocol/client";
import { Ears } from "../../../src/mcp/client/content/ears.ts";

test.each([
  ["file:///a/b", "file:///a/b", true],
  ["file:///a/b", "file:///a/b/c", true],
  ["file:///a/b", "file:///a/b?page=2", true],
  ["file:///a/b", "file:///a/b#end", true],
  ["file:///a/", "file:///a/b", true],
  ["file:///a/b", "file:///a/bc", false],
  ["file:///a/b", "file:///a", false],
])("who watches %s hears of %s: %p", (watched, updated, expected) => {
  let tell = (_news: { params: { uri: string } }): void => {};
  // Of a client nothing but this is used.
  const client = {
    setNotificationHandler(_method: string, handler: typeof tell) {
      tell = handler;
    },
  } as unknown as Client;
  const heard: string[] = [];
  new Ears().add(client, watched, (uri) => heard.push(uri));
  tell({ params: { uri: updated } });
  expect(heard).toEqual(expected ? [updated] : []);
});
