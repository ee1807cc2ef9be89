/** Each tool, template and prompt of server-everything, with what it is used for and what it says to that. */
import { expect } from "bun:test";
import { gunzipSync } from "node:zlib";
import type { ResourceContents } from "../../../src/mcp/client/content/port.ts";
import type { ToolOutcome } from "../../../src/mcp/client/port.ts";
import { eventually } from "../servers.ts";
import type { startEverything } from "./everything-server.ts";

export const SERVER = "everything";

export type Everything = Awaited<ReturnType<typeof startEverything>>;

interface Use {
  args?: object;
  /** What the text of the outcome has in it. */
  says: RegExp;
  fails?: boolean;
  also?: (outcome: ToolOutcome, everything: Everything) => unknown;
}

export const TOOLS: Record<string, Use[]> = {
  echo: [{ args: { message: "hi" }, says: /^Echo: hi$/ }],
  "get-annotated-message": [
    { args: { messageType: "error" }, says: /^Error: / },
    {
      args: { messageType: "success", includeImage: true },
      says: /^\[the result is for the user alone\]$/,
      also: ({ original }) =>
        expect(original).toMatch(/^Operation completed.*\n\[image image\/png, \d+ bytes\]$/s),
    },
    { args: { messageType: "debug" }, says: /^Debug: / },
  ],
  "get-env": [{ says: /"PATH": / }],
  "get-resource-links": [
    { args: { count: 2 }, says: /\n\[resource demo:\/\/resource\/dynamic\/blob\/1: Blob Resource 1\]\n/ },
  ],
  "get-resource-reference": [
    {
      args: { resourceType: "Text", resourceId: 7 },
      says: /\[resource demo:.*\/text\/7\]\nResource 7: This is/,
    },
    {
      args: { resourceType: "Blob", resourceId: 7 },
      says: /\[resource demo:.*\/blob\/7: text\/plain, \d+ bytes\]/,
    },
  ],
  "get-roots-list": [{ says: /file:\/\/\/first\/root/ }],
  "get-structured-content": [
    {
      args: { location: "Chicago" },
      says: /temperature/,
      also: ({ structured }) => expect(structured).toMatchObject({ temperature: expect.any(Number) }),
    },
  ],
  "get-sum": [
    { args: { a: 2, b: 40 }, says: /42/ },
    { args: { a: "two", b: 40 }, says: /expected number/i, fails: true },
  ],
  "get-tiny-image": [
    {
      says: /\[image image\/png, \d+ bytes\]/,
      also: ({ blocks }) => expect(blocks).toContainEqual(expect.objectContaining({ mimeType: "image/png" })),
    },
  ],
  "gzip-file-as-resource": [
    {
      args: { name: "link.gz", data: "data:text/plain,packed", outputType: "resourceLink" },
      says: /^\[resource demo:\/\/resource\/session\/link\.gz: link\.gz\]$/,
      also: async (_, { mcp }) =>
        expect(
          unpacked(await mcp.mcp.content.read(SERVER, "demo://resource/session/link.gz", limits())),
        ).toBe("packed"),
    },
    {
      args: { name: "whole.gz", data: "data:text/plain,packed", outputType: "resource" },
      says: /^\[resource demo:\/\/resource\/session\/whole\.gz: application\/gzip, \d+ bytes\]$/,
    },
  ],
  // It can only be called as a task of the revision 2025-11-25, for which the SDK has nothing any more.
  "simulate-research-query": [{ args: { topic: "bees" }, says: /requires task augmentation/, fails: true }],
  "toggle-simulated-logging": [
    {
      says: /^Started/,
      also: (_, { counterpart }) =>
        eventually("a log entry", () => counterpart.logs.some(({ text }) => /level.message/.test(text))),
    },
    { says: /^Stopped/ },
  ],
  "toggle-subscriber-updates": [{ says: /^Started/ }, { says: /^Stopped/ }],
  "trigger-elicitation-request": [
    {
      says: /provided the requested information.*Ada Lovelace/s,
      also: (_, { counterpart }) =>
        expect(counterpart.questions).toContainEqual(expect.objectContaining({ mode: "form" })),
    },
  ],
  "trigger-long-running-operation": [{ args: { duration: 0.2, steps: 2 }, says: /completed/ }],
  "trigger-sampling-request": [
    {
      args: { prompt: "who are you?" },
      says: /a sampled answer.*test\/model|test\/model.*a sampled answer/s,
      also: (_, { counterpart }) => expect(counterpart.prompts.join()).toContain("who are you?"),
    },
  ],
  "trigger-url-elicitation": [
    {
      args: { url: "https://example.com/page" },
      says: /User completed/,
      also: (_, { counterpart }) =>
        expect(counterpart.questions).toContainEqual(
          expect.objectContaining({ url: "https://example.com/page" }),
        ),
    },
    {
      args: { url: "https://example.com/other", errorPath: true },
      says: /modelcontextprotocol\.io|again/,
      fails: true,
      also: (_, { counterpart }) =>
        expect(counterpart.questions).toContainEqual(
          expect.objectContaining({ url: "https://modelcontextprotocol.io" }),
        ),
    },
  ],
};

export const TEMPLATES: Record<string, RegExp> = {
  "demo://resource/dynamic/text/{resourceId}": /^Resource 5: This is a plaintext resource/,
  "demo://resource/dynamic/blob/{resourceId}": /^Resource 5: This is a base64 blob/,
};

export const PROMPTS: Record<string, { args: Record<string, string>; says: RegExp }> = {
  "simple-prompt": { args: {}, says: /This is a simple prompt without arguments/ },
  "args-prompt": { args: { city: "Rome" }, says: /What's weather in Rome\?/ },
  "completable-prompt": {
    args: { department: "Sales", name: "Eve" },
    says: /Please promote Eve to the head of the Sales team/,
  },
  "resource-prompt": {
    args: { resourceType: "Blob", resourceId: "3" },
    says: /demo:\/\/resource\/dynamic\/blob\/3/,
  },
};

/** The names of its documents. */
export const STATIC = "architecture extension features how-it-works instructions startup structure".split(
  " ",
);

/** Limits that are never reached. */
export function limits() {
  return { waitMs: 30_000, signal: new AbortController().signal };
}

/** The first of the contents, decoded. */
export function textOf([first]: ResourceContents[]): string {
  if (!first) return "";
  return "text" in first ? first.text : Buffer.from(first.blob, "base64").toString();
}

function unpacked([first]: ResourceContents[]): string {
  return first && "blob" in first ? gunzipSync(Buffer.from(first.blob, "base64")).toString() : "";
}
