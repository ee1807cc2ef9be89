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

/** What Windows programs need besides. Names there are the same in any case: PATH is mostly written Path. */
const PASSED_ON_WINDOWS: ReadonlySet<string> = new Set([
  ...PASSED,
  "SYSTEMROOT",
  "APPDATA",
  "LOCALAPPDATA",
  "USERPROFILE",
  "COMSPEC",
  "PATHEXT",
]);

/** The environment for a child: the harmless part of `source`, and over it what the configuration names. */
export function childEnvironment(
  named: Readonly<Record<string, string>>,
  source: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(source)) {
    if (value !== undefined && isPassed(key, value, platform)) environment[key] = value;
  }
  return platform === "win32" ? overridden(environment, named) : { ...environment, ...named };
}

/** `PATH` takes the place of `Path`: of two that differ in case only, a program would see either. */
function overridden(
  environment: Record<string, string>,
  named: Readonly<Record<string, string>>,
): Record<string, string> {
  const taken = new Set(Object.keys(named).map((key) => key.toUpperCase()));
  const kept = Object.entries(environment).filter(([key]) => !taken.has(key.toUpperCase()));
  return { ...Object.fromEntries(kept), ...named };
}

function isPassed(key: string, value: string, platform: NodeJS.Platform): boolean {
  // Bash hands on functions this way (CVE-2014-6271); nothing we pass on is one.
  if (value.startsWith("()")) return false;
  if (platform === "win32") return PASSED_ON_WINDOWS.has(key.toUpperCase());
  return PASSED.has(key) || PASSED_PREFIXES.some((prefix) => key.startsWith(prefix));
}
