declare const MOLTRES_VERSION: string;

/** The version of this package. */
export const version: string = typeof MOLTRES_VERSION === "string" ? MOLTRES_VERSION : "0.0.0";
