/** Set by the build from package.json. */
declare const MCPCHAT_VERSION: string;

/** The version of this executable; a run from the sources has none. */
export const version = typeof MCPCHAT_VERSION === "string" ? MCPCHAT_VERSION : "0.0.0";
