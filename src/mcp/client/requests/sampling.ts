/** Questions of a server to our model: from the protocol's words to ours, and back. */
import type {
  CreateMessageRequestParams,
  CreateMessageResult,
  CreateMessageResultWithTools,
} from "@modelcontextprotocol/client";
import { Refusal, type SampleAnswer } from "./counterpart.ts";
import { sampleRequestOf, Unanswerable } from "./sampling-request.ts";
import type { Surroundings } from "./surroundings.ts";

type SamplingResult = CreateMessageResult | CreateMessageResultWithTools;

/** The code that the specification shows for a person who says no. */
const REFUSED_CODE = -1;

export function createSampling(surroundings: Surroundings) {
  const { server, counterpart, still, samplings, modelTime, sdk } = surroundings;
  return async (params: CreateMessageRequestParams, signal: AbortSignal): Promise<SamplingResult> => {
    const verdict = samplings.take();
    if (verdict === "exhausted") {
      counterpart.notice(server, "asks the model too often; more is refused for a while");
    }
    try {
      if (verdict !== "granted") throw new Refusal("too many sampling requests; try again later");
      const request = sampleRequestOf(params);
      const answer = await still.during(async (given, goOn) => {
        let end = () => {};
        const onAllowed = () => {
          end = modelTime.begin(goOn);
        };
        try {
          return await counterpart.sample(server, request, AbortSignal.any([signal, given]), onAllowed);
        } finally {
          end();
        }
      });
      return resultOf(answer, request.tools.length > 0);
    } catch (error) {
      if (error instanceof Refusal) throw new sdk.ProtocolError(REFUSED_CODE, error.message);
      if (!(error instanceof Unanswerable)) throw error;
      throw new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, error.message);
    }
  };
}

const STOP_REASONS: Readonly<Record<SampleAnswer["stopReason"], string>> = {
  end: "endTurn",
  max_tokens: "maxTokens",
  tool_calls: "toolUse",
  other: "endTurn",
};

function resultOf({ model, text, calls, stopReason }: SampleAnswer, withTools: boolean): SamplingResult {
  const spoken = { type: "text" as const, text };
  const shared = { model, role: "assistant" as const };
  // A call of a tool that was not offered is none.
  if (!withTools || calls.length === 0) {
    const reason = STOP_REASONS[stopReason === "tool_calls" ? "end" : stopReason];
    return { ...shared, stopReason: reason, content: spoken };
  }
  const used = calls.map((call) => ({
    type: "tool_use" as const,
    id: call.id,
    name: call.name,
    input: call.arguments,
  }));
  const content = text === "" ? used : [spoken, ...used];
  return { ...shared, stopReason: STOP_REASONS[stopReason], content };
}
