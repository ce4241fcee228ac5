/** A command was called wrongly. Its message is for whoever called it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What to tell who called a command wrongly; undefined for an error of another kind. */
export function usageProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '' } = error as { code?: string };
  const isOurs = error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
  return isOurs ? error.message : undefined;
}
