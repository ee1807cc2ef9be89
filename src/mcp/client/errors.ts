/** What can go wrong with a connection to an MCP server, sorted by class; the texts are for people. */

export type LossReason = "process_ended" | "output_closed" | "line_too_long" | "not_reading" | "stopped";

/** The connection is gone: whether a call that was under way took effect is unknown. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  constructor(
    readonly reason: LossReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The server did not become ready: no answer in time, a refusal, or an answer that makes no sense. */
export class HandshakeFailed extends Error {
  override readonly name = "HandshakeFailed";
  constructor(
    message: string,
    /** Set once this happened so often in a row that the supervisor should give up, however slowly it happens. */
    readonly permanent: boolean,
    /** The last lines of the server's stderr: not safe for a terminal. */
    readonly lastWords: readonly string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
