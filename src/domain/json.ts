/** A value that survives `JSON.stringify` unchanged: the only kind that crosses Temporal or the database. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };
