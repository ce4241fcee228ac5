export type Options = Record<string, unknown>;
