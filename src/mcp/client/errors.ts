/** What can go wrong with a connection to an MCP server, sorted by class; the texts are for people. */

export type LossReason =
  | "process_ended"
  | "output_closed"
  | "line_too_long"
  /** Line after line without a message: the program is no MCP server. */
  | "no_messages"
  | "not_reading"
  | "stopped"
  /** A remote server cannot be reached, or broke off in the middle of an answer. */
  | "unreachable"
  | "broken_off"
  /** A remote server refused us: who we are, what we asked for. */
  | "refused";

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
    /**
     * The supervisor is to give up: this happened too often in a row, however slowly, or it is a RemoteFailure that no
     * other try can mend.
     */
    readonly permanent: boolean,
    /** The last lines of the server's stderr: not safe for a terminal. */
    readonly lastWords: readonly string[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A request that took too long; the server was told that nobody waits any more. */
export class RequestTimedOut extends Error {
  override readonly name = "RequestTimedOut";
  constructor(readonly ms: number) {
    super(`no answer within ${ms < 100 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`}`);
  }
}

/** A request that the server answered with an error, or whose answer makes no sense. */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
}

/** What a remote server, or the way to it, has against us; the message is one line for people. */
export class RemoteFailure extends Error {
  override readonly name = "RemoteFailure";
  constructor(
    message: string,
    /** No other try can mend it: the supervisor gives up at once. */
    readonly permanent: boolean,
    /** True when the server has not taken up the request, so that it can be made again. */
    readonly undelivered: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
