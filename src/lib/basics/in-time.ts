import { AppError } from '../errors.ts';

/**
 * Rejects after a time. The work is not cancelled; its result is ignored.
 *
 * @param detail what the caller is told if it is not.
 * @throws AppError `temporarily_unavailable` after so many milliseconds.
 */
export async function inTime<T>(work: Promise<T>, ms: number, detail?: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // Only then: most work is in time, and an error with its stack is not cheap.
    const tell = () =>
      reject(new AppError('temporarily_unavailable', detail === undefined ? {} : { detail }));
    timer = setTimeout(tell, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
