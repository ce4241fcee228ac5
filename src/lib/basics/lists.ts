import { lazy } from './lazy.ts';

/** Items of one list that are worked on at once. */
export const atOnce = 16;

// No start needs it.
const loadMap = lazy(async () => (await import('p-map')).default);

/** Works on all items of a list, a bounded number at once. The first error ends it, and is thrown. */
export async function mapBounded<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  if (items.length <= 1) return Promise.all(items.map(work));
  const map = await loadMap();
  return map(items, work, { concurrency: atOnce });
}

/** A list in pieces of at most a number of items. */
export function* piecesOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
