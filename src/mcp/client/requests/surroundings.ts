/** What the answers to one connection's requests share. */
import type { Standstill } from "../session/standstill.ts";
import type { Allowance } from "./allowance.ts";
import type { Counterpart } from "./counterpart.ts";
import type { ModelTime } from "./model-time.ts";

export interface Surroundings {
  server: string;
  counterpart: Counterpart;
  still: Standstill;
  questions: Allowance;
  samplings: Allowance;
  modelTime: ModelTime;
  sdk: Pick<
    typeof import("@modelcontextprotocol/client"),
    "ProtocolError" | "ProtocolErrorCode" | "UrlElicitationRequiredError"
  >;
}
