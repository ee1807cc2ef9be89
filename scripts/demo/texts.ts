/** What the demo model knows: the sentences it can say, and the words that it listens to. Data alone. */

export const MODEL_NAME = "mcpchat demo";

/** The tool that it can call, by the name that the servers' names make of it (src/mcp/client/naming.ts). */
export const CLOCK_TOOL = "clock__now";

/** A part of an answer; `next` is the part that follows, and without one the answer ends. */
export interface Part {
  text: string;
  next?: PartName;
}

export type PartName =
  | "greeting"
  | "lost"
  | "help"
  | "tools"
  | "welcome"
  | "clockless"
  | "failed"
  | "told"
  | "threeWays";

export const PARTS: Record<PartName, Part> = {
  greeting: {
    text:
      "Hello! I am the demo of mcpchat: a real model, run by llama.cpp inside this executable, but one so tiny that it " +
      "knows a few sentences and nothing else.\n\nThere are three ways to a model that knows more:",
    next: "threeWays",
  },
  lost: {
    text:
      "That is more than I know: as a demo I have only a few sentences. Ask me how to get a real model, what tools are " +
      "for, or what time it is.",
  },
  help: { text: "This is how to get a real model, in one of three ways:", next: "threeWays" },
  threeWays: {
    text:
      "\n\n1. Set ANTHROPIC_API_KEY or OPENAI_API_KEY." +
      "\n2. Start Ollama, or name any OpenAI-compatible server in the configuration." +
      "\n3. Run `mcpchat models pull hf:OWNER/REPO`, or name a file: `mcpchat -m path/to/model.gguf`." +
      "\n\nUntil then, ask me for the time.",
  },
  tools: {
    text:
      "Tools come from MCP servers: small programs that mcpchat starts, watches and restarts, and that read files, search " +
      "or do whatever else a model cannot do by itself. They are named in the configuration, under [mcp.servers.NAME]. " +
      "Mine is a clock.",
  },
  welcome: { text: "You are welcome!" },
  clockless: {
    text:
      "For that I would have to call a tool, the clock that mcpchat brings along for me, and this run is without it. It " +
      "is there when no MCP servers are configured, and --no-tools is not given.",
  },
  failed: {
    text:
      "I asked for the clock and got no time back: the call was denied, or it failed. What came of it is on standard " +
      "error, and with --json in the result.",
  },
  /** After the time, which is not text: it is read from the tool's result. */
  told: {
    text:
      " says the clock. That was a real tool call over MCP: I named the tool, mcpchat asked its server, a process of its " +
      "own, and I read the time from the result.",
  },
};

/** Words that decide what the answer is about; of several topics the first wins. */
export const TOPICS = [
  { name: "time", words: ["time", "clock", "date", "o'clock", "hour", "today", "what day", "which day"] },
  { name: "tools", words: ["tool", "mcp", "server"] },
  {
    name: "help",
    words: ["help", "how", "model", "key", "ollama", "gguf", "llama", "setup", "set up", "configure"],
  },
  { name: "thanks", words: ["thank", "bye", "goodbye"] },
] as const;

/** Words that have one of those above in them and mean something else. */
export const DECOYS = [
  "sometime",
  "runtime",
  "lifetime",
  "overtime",
  "update",
  "outdate",
  "candidate",
  "validate",
  "show",
  "somehow",
  "monkey",
  "keyboard",
];
