/**
 * What an alias becomes. Pure.
 *
 * `$1` to `$9` are the arguments, `$*` all of them with a blank between, `$@` the same with those that hold blanks in
 * double quotes, `$$` a dollar; a dollar before anything else stays. A template without any of them gets the arguments
 * at its end. An argument that the template names and that is not there is an error; those it does not name are left out.
 */
import { UsageError } from "../lib/errors.ts";

const PLACE = /\$([1-9*@$])/g;

/** The template with its arguments in place. `name` is for the error. Throws UsageError for too few arguments. */
export function expandTemplate(name: string, template: string, args: readonly string[]): string {
  const places = Array.from(template.matchAll(PLACE), (match) => match[1] ?? "").filter(
    (place) => place !== "$",
  );
  const wanted = Math.max(0, ...places.map(Number).filter(Number.isInteger));
  if (wanted > args.length) {
    const noun = wanted === 1 ? "argument" : "arguments";
    throw new UsageError(`the alias ${name} needs ${wanted} ${noun} and got ${args.length}`, template);
  }
  const text = template.replace(PLACE, (_match, place: string) => fill(place, args));
  return places.length > 0 || args.length === 0 ? text : `${text} ${args.join(" ")}`;
}

function fill(place: string, args: readonly string[]): string {
  if (place === "$") return "$";
  if (place === "*") return args.join(" ");
  if (place === "@") return args.map(quote).join(" ");
  return args[Number(place) - 1] ?? "";
}

/** As `splitArguments` reads it. */
function quote(argument: string): string {
  if (argument !== "" && !/[\s"'\\]/.test(argument)) return argument;
  return `"${argument.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * Splits what is typed after an alias, at blanks. Single quotes keep everything as it is; in double quotes, and
 * outside, a backslash takes the next character as it is. A quote that is not closed goes to the end.
 */
export function splitArguments(line: string): string[] {
  const args: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'?|"(?:\\.|[^"\\])*"?|\\.|[^\s'"\\]|\\$)+/gs)) {
    args.push(unquote(word));
  }
  return args;
}

function unquote(word: string): string {
  return word.replace(
    /'([^']*)'?|"((?:\\.|[^"\\])*)"?|\\(.)/gs,
    (_match, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(.)/gs, "$1") ?? escaped ?? "",
  );
}
