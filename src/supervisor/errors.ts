/** Why a call to a supervisor was refused; the codes are OTP's. */
export type SupervisorErrorCode =
  | "already_started"
  | "already_present"
  | "max_children"
  | "not_found"
  | "running"
  | "restarting"
  | "start_failed"
  | "stopped"
  | "self_termination"
  | "deadlock"
  | "bad_spec";

export class SupervisorError extends Error {
  override readonly name = "SupervisorError";
  constructor(
    readonly code: SupervisorErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A start was given up because its supervisor stops or its time is over. */
export class StartAbandonedError extends Error {
  override readonly name = "StartAbandonedError";
  constructor(readonly reason: "stopped" | "timeout") {
    super(reason === "timeout" ? "start timed out" : "start was abandoned: the supervisor stops");
  }
}
