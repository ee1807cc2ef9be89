/** The server of the demo: a clock that this executable brings along, so that its model has a tool to call. */
import type { Configuration } from "../config/configuration.ts";
import { selfCommand } from "../process/self.ts";

/** The first argument that makes the executable a clock server. */
const CLOCK_ARGUMENT = "__clock";
const CONNECT_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 60_000;

/** The configuration with the clock as its only server; as it is when it has servers. */
export function withClock(configuration: Configuration): Configuration {
  if (configuration.mcp.servers.length > 0) return configuration;
  const [command, ...args] = selfCommand(CLOCK_ARGUMENT);
  const clock = {
    name: "clock",
    transport: "stdio",
    command,
    args,
    env: {},
    enabled: true,
    restart: "permanent",
    trusted: true,
    tools: { allow: [], deny: [] },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    callTimeoutMs: CALL_TIMEOUT_MS,
    maxCalls: 1,
    sampling: "deny",
  } as const;
  return { ...configuration, mcp: { ...configuration.mcp, servers: [clock] } };
}
