/**
 * The supervised service `store`: one connection to the database. All that it knows is on disk, so that a restart is
 * a fresh connection; whoever uses it asks for the handle each time.
 */
import type { Clock } from "../lib/clock.ts";
import type { ChildSpec, Exit } from "../supervisor/spec.ts";
import type { Store } from "./port.ts";
import { openStore } from "./store.ts";

/** The spec of the service. A start throws StoreError when the database cannot be used. */
export function storeService(options: { file: string; clock?: Clock }): ChildSpec<Store> {
  return {
    id: "store",
    type: "worker",
    restart: "permanent",
    shutdown: 5000,
    start: async () => {
      const store = openStore(options.file, options.clock);
      const exited = Promise.withResolvers<Exit>();
      const end = (exit: Exit) => {
        store.close();
        exited.resolve(exit);
      };
      return {
        handle: store,
        exited: exited.promise,
        stop: () => end({ kind: "shutdown" }),
        kill: () => end({ kind: "killed" }),
      };
    },
  };
}
