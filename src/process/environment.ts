/**
 * The environment of a child process. Only what programs need to find their files, their user and their language goes
 * along: API keys stay here unless the configuration hands one over by name.
 */
const PASSED: ReadonlySet<string> = new Set([
  "HOME",
  "LOGNAME",
  "PATH",
  "SHELL",
  "TERM",
  "USER",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "TMP",
  "TEMP",
]);
const PASSED_PREFIXES = ["LC_", "XDG_"];

/** The environment for a child: the harmless part of `source`, and over it what the configuration names. */
export function childEnvironment(
  named: Readonly<Record<string, string>>,
  source: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(source)) {
    if (value !== undefined && isPassed(key, value)) environment[key] = value;
  }
  return { ...environment, ...named };
}

function isPassed(key: string, value: string): boolean {
  // Bash hands on functions this way (CVE-2014-6271); nothing we pass on is one.
  if (value.startsWith("()")) return false;
  return PASSED.has(key) || PASSED_PREFIXES.some((prefix) => key.startsWith(prefix));
}
