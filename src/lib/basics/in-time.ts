import { AppError } from '../errors.ts';

/**
 * What some work comes to, if that is soon enough; else it goes on, and nobody hears of it.
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
