/** The person whom the suite has in front of mcpchat: accepts each form as it stands, and has no model. */
import { type Counterpart, Refusal } from "../../src/mcp/client/requests/counterpart.ts";

export const counterpart: Counterpart = {
  hasPerson: () => true,
  elicit: async () => ({ action: "accept" }),
  sample: async () => {
    throw new Refusal("there is no model");
  },
  log: () => {},
  roots: () => [],
  onRootsChange: () => () => {},
  notice: (server, text) => console.error(`${server} ${text}`),
};
