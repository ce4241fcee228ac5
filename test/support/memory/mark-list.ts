import type { DueMark } from '../../../src/lib/auth/ports.ts';

/** Due marks in the order of their keys: adding and finding take a binary search. */
export interface MarkList {
  add(mark: DueMark): void;
  remove(mark: DueMark): void;
  /** Keys of a user's marks. */
  of(user: string): string[];
  /** Marks up to a time. Marks that come or go between two pages don't disturb it. */
  pages(upTo: number, pageSize: number): Generator<DueMark[]>;
}

export function createMarkList(): MarkList {
  const keys: string[] = [];
  const marks = new Map<string, DueMark>();

  /** Where the key is, or would be. */
  function position(key: string): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(mark) {
      const key = keyOf(mark);
      if (!marks.has(key)) keys.splice(position(key), 0, key);
      marks.set(key, mark);
    },
    remove(mark) {
      const key = keyOf(mark);
      if (marks.delete(key)) keys.splice(position(key), 1);
    },
    of: (user) => keys.filter((key) => key.includes(user)),
    *pages(upTo, pageSize) {
      const end = `${new Date(upTo).toISOString()}|~`;
      for (let start = 0; ; ) {
        const page = keys.slice(start, Math.min(start + pageSize, position(end)));
        const last = page.at(-1);
        if (last === undefined) return;
        yield page.flatMap((key) => marks.get(key) ?? []);
        start = position(`${last}~`);
      }
    },
  };
}

function keyOf({ user, flow, dueAt }: DueMark): string {
  return `${new Date(dueAt).toISOString()}|${user}|${flow}`;
}
