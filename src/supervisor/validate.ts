/** Rule 10: a bad specification is refused when it is declared, not when it first matters. */
import { SupervisorError } from "./errors.ts";
import { escalationReachable } from "./policy.ts";
import type { Backoff, ChildSpec, HealthProbe, Intensity, Strategy } from "./spec.ts";

/** Throws SupervisorError `bad_spec`. */
export function validateIntensity(intensity: Intensity): void {
  const { maxRestarts, maxSeconds } = intensity;
  if (!Number.isInteger(maxRestarts) || maxRestarts < 0)
    refuse(`maxRestarts must be an integer from 0, not ${maxRestarts}`);
  if (!(maxSeconds > 0)) refuse(`maxSeconds must be above 0, not ${maxSeconds}`);
}

/** Throws SupervisorError `bad_spec`. */
export function validateStrategy(strategy: Strategy, dynamic?: { maxChildren?: number }): void {
  if (!["one_for_one", "one_for_all", "rest_for_one"].includes(strategy)) {
    refuse(`strategy must be one_for_one, one_for_all or rest_for_one, not ${strategy}`);
  }
  if (!dynamic) return;
  if (strategy !== "one_for_one") refuse(`a dynamic supervisor is one_for_one, not ${strategy}`);
  const { maxChildren = 0 } = dynamic;
  if (!(maxChildren >= 0)) refuse(`maxChildren must be a number from 0, not ${maxChildren}`);
}

/** Throws SupervisorError `bad_spec`. */
export function validateSpec(spec: ChildSpec, intensity: Intensity): void {
  if (typeof spec.id !== "string" || spec.id === "") refuse("a child needs an id");
  if (typeof spec.start !== "function") refuse(`${spec.id}: start must be a function`);
  if (!["permanent", "transient", "temporary"].includes(spec.restart)) {
    refuse(`${spec.id}: restart must be permanent, transient or temporary, not ${spec.restart}`);
  }
  if (!["worker", "supervisor"].includes(spec.type)) refuse(`${spec.id}: type must be worker or supervisor`);
  validateShutdown(spec);
  if (spec.startTimeout !== undefined && !(spec.startTimeout > 0))
    refuse(`${spec.id}: startTimeout must be above 0`);
  if (spec.health) validateHealth(spec.id, spec.health);
  if (spec.backoff) validateBackoff(spec.id, spec.backoff, intensity);
}

/** Throws SupervisorError `bad_spec` when two children share an id. */
export function validateChildren(specs: readonly ChildSpec[], intensity: Intensity): void {
  const seen = new Set<string>();
  for (const spec of specs) {
    validateSpec(spec, intensity);
    if (seen.has(spec.id)) refuse(`two children are called ${spec.id}`);
    seen.add(spec.id);
  }
}

function validateShutdown({ id, shutdown }: ChildSpec): void {
  if (shutdown === "brutal_kill" || shutdown === "infinity") return;
  if (typeof shutdown !== "number" || !(shutdown >= 0)) {
    refuse(`${id}: shutdown must be milliseconds from 0, brutal_kill or infinity, not ${shutdown}`);
  }
}

function validateHealth(id: string, { everyMs, timeoutMs, misses }: HealthProbe<never>): void {
  if (!(everyMs > 0) || !(timeoutMs > 0)) refuse(`${id}: health needs everyMs and timeoutMs above 0`);
  if (!Number.isInteger(misses) || misses < 1) refuse(`${id}: health needs misses from 1, not ${misses}`);
}

function validateBackoff(id: string, backoff: Backoff, intensity: Intensity): void {
  const { baseMs, capMs, resetMs } = backoff;
  if (!(baseMs >= 0) || !(capMs >= baseMs) || !(resetMs >= 0)) {
    refuse(`${id}: backoff needs 0 <= baseMs <= capMs and resetMs from 0`);
  }
  if (!escalationReachable(backoff, intensity)) {
    refuse(
      `${id}: its backoff is so long that ${intensity.maxRestarts} restarts never fit into ${intensity.maxSeconds} s`,
    );
  }
}

function refuse(why: string): never {
  throw new SupervisorError("bad_spec", why);
}
