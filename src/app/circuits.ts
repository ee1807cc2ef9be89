/**
 * The service `circuits`: a circuit breaker for each model at each address, and which models there take only plainer
 * requests. What is known of them lies outside the incarnation: killed, it comes back with the same circuits, and a
 * request under way still counts in its own.
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { DEFAULT_BREAKER } from "../resilience/breaker.ts";
import { CircuitBreaker, type CircuitView } from "../resilience/circuit-breaker.ts";
import type { ChildSpec, Exit } from "../supervisor/spec.ts";
import type { TreeNode } from "./tree-view.ts";

export interface CircuitKey {
  provider: string;
  baseUrl: string;
  model: string;
}

export interface Circuits {
  of(key: CircuitKey): CircuitBreaker;
  /** The models at an address that refused what not every model takes; who finds another adds it. */
  plain(address: Omit<CircuitKey, "model">): Set<string>;
  /** Each circuit and how it is, for who looks at the tree. */
  parts(): Pick<TreeNode, "id" | "state" | "next_try_ms" | "last_exit">[];
}

interface Entry {
  key: CircuitKey;
  circuit: CircuitBreaker;
}

export function circuitsService(
  clock: Clock = systemClock,
  random: () => number = Math.random,
): ChildSpec<Circuits> {
  const entries = new Map<string, Entry>();
  const plain = new Map<string, Set<string>>();
  const circuits = (): Circuits => ({
    of(key) {
      const id = JSON.stringify([key.provider, key.baseUrl, key.model]);
      const known = entries.get(id);
      if (known) return known.circuit;
      const circuit = new CircuitBreaker({ policy: DEFAULT_BREAKER, clock, random });
      entries.set(id, { key, circuit });
      return circuit;
    },
    plain({ provider, baseUrl }) {
      const id = JSON.stringify([provider, baseUrl]);
      const known = plain.get(id) ?? new Set();
      plain.set(id, known);
      return known;
    },
    parts: () => [...entries.values()].map((entry, _, all) => partOf(entry, all)),
  });
  return {
    id: "circuits",
    type: "worker",
    restart: "permanent",
    shutdown: 1000,
    start: async () => {
      const exit = Promise.withResolvers<Exit>();
      return {
        handle: circuits(),
        exited: exit.promise,
        stop: () => exit.resolve({ kind: "shutdown" }),
        kill: () => exit.resolve({ kind: "killed" }),
      };
    },
  };
}

const STATES: Readonly<Record<CircuitView["state"], string>> = {
  closed: "closed",
  open: "open",
  half_open: "half-open",
};

function partOf({ key, circuit }: Entry, all: readonly Entry[]): ReturnType<Circuits["parts"]>[number] {
  const { state, waitMs, why } = circuit.view();
  return {
    id: nameOf(key, all),
    state: STATES[state],
    ...(waitMs !== undefined && { next_try_ms: waitMs }),
    ...(why !== undefined && { last_exit: why }),
  };
}

/** With its host where another address has a model of that name too. */
function nameOf(key: CircuitKey, all: readonly Entry[]): string {
  const name = `${key.provider}/${key.model}`;
  const same = all.filter((other) => `${other.key.provider}/${other.key.model}` === name);
  return same.length > 1 ? `${name} at ${new URL(key.baseUrl).host}` : name;
}
