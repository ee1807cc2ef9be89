/** A server's command line for whoever looks on: long enough to tell two servers apart, without what may be secret. */

const MASK = "...";
const SECRET_NAME = /token|key|secret|passw|pwd|auth|credential|bearer|header|cookie/i;
/** Of a program's options, `-H` is a header nearly everywhere. */
const SECRET_OPTION = /^-H$/;
/** Shorter values are too common among other words. */
const SHORTEST_SECRET = 6;

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables are expanded by now, so that values of those whose names speak of secrets are masked wherever they are. */
export function publicCommand(command: string, args: readonly string[], env: Environment): string {
  const secrets = Object.entries(env).flatMap(([name, value = ""]) =>
    SECRET_NAME.test(name) && value.length >= SHORTEST_SECRET ? [value] : [],
  );
  return [command, ...maskedWords(args, secrets).map(quoted)].join(" ");
}

/** Arguments alone, where variables are not expanded. */
export function publicArguments(args: readonly string[]): string[] {
  return maskedWords(args, []);
}

function maskedWords(words: readonly string[], secrets: readonly string[]): string[] {
  return words.map((word, index) => (isValue(words, index) ? MASK : masked(word, secrets)));
}

/** Whether a word is the value of an option before it that speaks of secrets. */
function isValue(words: readonly string[], index: number): boolean {
  const before = words[index - 1] ?? "";
  const isOption = SECRET_OPTION.test(before) || (/^--?[a-z]/i.test(before) && SECRET_NAME.test(before));
  return isOption && !before.includes("=") && !/^--/.test(words[index] ?? "");
}

function masked(word: string, secrets: readonly string[]): string {
  if (secrets.some((secret) => word.includes(secret))) return MASK;
  // A script, or something else of many words.
  if (/\s/.test(word)) return maskedWords(word.split(/\s+/), secrets).join(" ");
  const [, name, value] = /^([^=/:]+=)(.*)$/s.exec(word) ?? [];
  if (name !== undefined && (/^[A-Z_]/.test(name) || SECRET_NAME.test(name))) return `${name}${MASK}`;
  if (name !== undefined) return `${name}${masked(value ?? "", secrets)}`;
  if (word.includes("://")) return withoutQuery(word);
  return isRandom(word) ? MASK : word;
}

function withoutQuery(address: string): string {
  return address.replace(/:\/\/[^/?#]*@/, `://${MASK}@`).replace(/[?#].*$/s, `?${MASK}`);
}

/** Letters and digits without a word in them: `sk-...`, a UUID, base64. */
function isRandom(word: string): boolean {
  if (/^(?:sk|pk|gh[pousr]|github_pat|xox[a-z]|glpat|AKIA|eyJ)[-_A-Za-z0-9]{8,}/.test(word)) return true;
  return word.length >= 20 && /^[\w+=~-]+$/.test(word) && (word.match(/\d/g) ?? []).length >= 4;
}

function quoted(word: string): string {
  return word === "" || /\s/.test(word) ? JSON.stringify(word) : word;
}
