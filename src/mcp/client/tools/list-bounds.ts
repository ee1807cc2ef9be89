/**
 * Bounds on the list of tools that a server may have: every tool goes along with every request to the model, and a list
 * need not come to an end. What is above them is left out; the SDK would lose the whole list.
 */
import type { Client, ListToolsResult, Tool } from "@modelcontextprotocol/client";
import { isDeeperThan } from "../link/depth.ts";

export const LIST_BOUNDS = { tools: 1000, pages: 64, bytes: 1_000_000, depth: 64 } as const;
export type ListBounds = Readonly<Record<keyof typeof LIST_BOUNDS, number>>;

/** Characters; no server should have a longer one, by the protocol. */
const MAX_NAME = 128;

type Page = Pick<ListToolsResult, "tools" | "nextCursor">;

/** Takes the pages of one list in their order, and says of each what is left of it. */
export class BoundedList {
  readonly #bounds: ListBounds;
  /** Told once of each way in which the list is above the bounds: the end of a sentence about the server. */
  readonly #onExcess: (text: string) => void;
  readonly #names = new Set<string>();
  #tools = 0;
  #pages = 0;
  #bytes = 0;

  constructor(bounds: ListBounds, onExcess: (text: string) => void) {
    this.#bounds = bounds;
    this.#onExcess = onExcess;
  }

  /** The tools that fit; without a cursor once the list has come to its end for us. */
  take({ tools, nextCursor }: Page): Page {
    const { pages, bytes } = this.#bounds;
    this.#pages++;
    const room = this.#bounds.tools - this.#tools;
    const kept = tools.slice(0, room).filter((tool) => this.#fits(tool));
    this.#tools += kept.length;
    const isFull = tools.length > room || (nextCursor !== undefined && this.#tools >= this.#bounds.tools);
    if (isFull) this.#onExcess(`lists more than ${this.#bounds.tools} tools; the rest is left out`);
    const hasMore = nextCursor !== undefined && !isFull && this.#bytes < bytes;
    if (!hasMore) return { tools: kept };
    if (this.#pages < pages) return { tools: kept, nextCursor };
    this.#onExcess(`lists its tools on more than ${pages} pages; the rest is left out`);
    return { tools: kept };
  }

  #fits(tool: Tool): boolean {
    const { bytes, depth } = this.#bounds;
    if (isDeeperThan(tool, depth)) {
      this.#onExcess(`has tools with schemas nested more than ${depth} deep; they are left out`);
      return false;
    }
    const objection = this.#objectionTo(tool.name);
    if (objection !== undefined) {
      this.#onExcess(objection);
      return false;
    }
    this.#names.add(tool.name);
    const size = Buffer.byteLength(JSON.stringify(tool));
    if (this.#bytes + size > bytes) {
      this.#onExcess(`describes its tools in more than ${bytes / 1_000_000} MB; what is above is left out`);
      return false;
    }
    this.#bytes += size;
    return true;
  }

  #objectionTo(name: string): string | undefined {
    if (name === "") return "has a tool without a name, which is left out";
    if (!name.isWellFormed()) return "has tools with broken characters in their names; they are left out";
    if (name.length > MAX_NAME) return `has tools with names above ${MAX_NAME} characters; they are left out`;
    return this.#names.has(name) ? `has more than one tool ${name}; only the first is taken` : undefined;
  }
}

/** Puts bounds on every list of tools that this client asks for. `onExcess` is told once of each of them. */
export function boundToolLists(client: Client, onExcess: (text: string) => void, bounds = LIST_BOUNDS): void {
  const told = new Set<string>();
  const tellOnce = (text: string) => {
    if (!told.has(text)) onExcess(text);
    told.add(text);
  };
  let list = new BoundedList(bounds, tellOnce);
  const ask = client.request.bind(client) as Ask; // The overloads of `request`, as far as it is used here.
  const request: Ask = async (asked, ...rest) => {
    const result = await ask(asked, ...rest);
    if (asked.method !== "tools/list") return result;
    if (asked.params?.cursor === undefined) list = new BoundedList(bounds, tellOnce);
    const page = result as ListToolsResult; // The SDK has checked it by the method's schema.
    const { nextCursor: _, ...others } = page;
    return { ...others, ...list.take(page) };
  };
  client.request = request as Client["request"]; // The same function, with less to come for one method.
}

type Ask = (asked: { method: string; params?: { cursor?: string } }, ...rest: never[]) => Promise<unknown>;
