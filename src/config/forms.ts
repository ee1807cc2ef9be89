/**
 * The forms that a text may have to have, shared by the file's schema and the environment's table.
 */
export interface Form {
  pattern: RegExp;
  /** Completes "should be ...". */
  what: string;
}

/**
 * The model's own name may hold slashes: `openrouter/anthropic/claude-sonnet-4-5`. A path may hold blanks, and so may
 * a name in the models folder.
 */
export const MODEL_FORM: Form = {
  pattern: /^(?:[^\s/]+\/\S+|local\/\S.*|(?:~|\.{0,2})\/.*\S|.*\S\.gguf)$/i,
  what: "PROVIDER/MODEL or the path of a .gguf file",
};

/** Of a provider, a server or an alias. */
export const NAME_FORM: Form = {
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/,
  what: "letters, digits, `_`, `.` and `-`, at most 64",
};

/** Whether a text can name a model at all; which aliases there are is known when all layers are merged. */
export function mayNameModel(text: string): boolean {
  return MODEL_FORM.pattern.test(text) || NAME_FORM.pattern.test(text);
}

/** llama.cpp's seeds have 32 bits. */
export const LARGEST_SEED = 2 ** 32 - 1;
