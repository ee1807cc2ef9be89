/** Output schemas of tools, checked by the Ajv that the SDK brings along, without what it would write to the console. */
import type { jsonSchemaValidator } from "@modelcontextprotocol/client";

/**
 * A validator for the SDK. A schema that cannot be compiled checks nothing: a mistake in it is no reason to lose the
 * tool; the SDK alone would refuse each call.
 */
export async function openSchemaValidator(): Promise<jsonSchemaValidator> {
  const { AjvJsonSchemaValidator } = await import("@modelcontextprotocol/client/validators/ajv");
  const ajv = new AjvJsonSchemaValidator();
  return {
    getValidator(schema) {
      try {
        return silently(() => ajv.getValidator(schema));
      } catch {
        return (value) => ({ valid: true, data: value as never, errorMessage: undefined }); // Unchecked, as said above.
      }
    },
  };
}

/** Ajv writes all the code that it made of a schema which it cannot compile. */
function silently<T>(work: () => T): T {
  const { log, warn, error } = console;
  Object.assign(console, { log: ignore, warn: ignore, error: ignore });
  try {
    return work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}

function ignore(): void {}
