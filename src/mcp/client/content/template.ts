/** Templates of addresses of resources (RFC 6570): `demo://text/{id}`. */
import { UsageError } from "../../../lib/errors.ts";
import { oneLine } from "../text.ts";
import { checkArgument } from "./names.ts";

/** Expressions whose variables may be left out: `{?query,page}`, `{&more}`. */
const OPTIONAL = /\{[?&][^}]*\}/g;

/** The address that a template and its variables make. Throws UsageError for variables that are missing or unknown. */
export async function expandTemplate(
  template: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const needed = await templateVariables(template.replaceAll(OPTIONAL, ""));
  for (const name of Object.keys(variables)) checkArgument(template, await templateVariables(template), name);
  const missing = needed.filter((name) => !Object.hasOwn(variables, name)).map((name) => oneLine(name));
  if (missing.length > 0) {
    const advice = `add ${missing.map((name) => `${name}=...`).join(" ")}`;
    throw new UsageError(`${oneLine(template)} needs ${missing.join(" and ")}`, advice);
  }
  return (await parse(template)).expand({ ...variables });
}

/** The names of a template's variables; none for an address. Throws UsageError for what is no template. */
export async function templateVariables(template: string): Promise<string[]> {
  return (await parse(template)).variableNames;
}

/** Whether the template makes this address; one that cannot be read makes none. */
export async function makes(template: string, uri: string): Promise<boolean> {
  const { UriTemplate } = await import("@modelcontextprotocol/client");
  try {
    return new UriTemplate(template).match(uri) !== null;
  } catch {
    return false;
  }
}

async function parse(template: string) {
  const { UriTemplate } = await import("@modelcontextprotocol/client");
  try {
    return new UriTemplate(template);
  } catch (error) {
    throw new UsageError(
      `not a template: ${oneLine(template)}`,
      error instanceof Error ? error.message : undefined,
    );
  }
}
