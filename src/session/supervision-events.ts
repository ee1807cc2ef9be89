/** What went wrong in the supervision tree, kept for whoever asks later. */
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Connection } from "./database.ts";
import type { SupervisionEvents, SupervisionRecord } from "./port.ts";

const INSERT = "INSERT INTO supervision_events (at, path, child, type, detail) VALUES (?, ?, ?, ?, ?)";
const FORGET = "DELETE FROM supervision_events WHERE id <= (SELECT max(id) FROM supervision_events) - ?";
const RECENT = `SELECT path, child, type, detail FROM
  (SELECT * FROM supervision_events ORDER BY id DESC LIMIT ?) ORDER BY id`;
const KEPT = 10_000;

export function supervisionEventsOver(connection: Connection, clock: Clock = systemClock): SupervisionEvents {
  return {
    record: ({ path, child, type, detail }) => {
      connection.use((database) => {
        database.query(INSERT).run(clock.wall(), path, child, type, detail);
        database.query(FORGET).run(KEPT);
      });
    },
    recent: (limit) =>
      connection.use((database) => database.query<SupervisionRecord, [number]>(RECENT).all(limit)),
  };
}
