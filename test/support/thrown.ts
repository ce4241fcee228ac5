import { AppError } from '../../src/lib/errors.ts';

/** What a call throws, or its promise rejects with. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The AppError that a call fails with. */
export async function appErrorOf(call: () => unknown): Promise<AppError> {
  const error = await thrownBy(call);
  if (error instanceof AppError) return error;
  throw new Error('the failure is no AppError', { cause: error });
}
