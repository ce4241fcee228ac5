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
  const marks: DueMark[] = [];

  /** How many marks come before one, or with it. */
  function position(isBefore: (mark: DueMark) => boolean): number {
    let low = 0;
    let high = marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const mark = marks[middle];
      if (mark && isBefore(mark)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function find(mark: DueMark): { at: number; isThere: boolean } {
    const at = position((other) => compare(other, mark) < 0);
    const found = marks[at];
    return { at, isThere: found !== undefined && compare(found, mark) === 0 };
  }

  return {
    add(mark) {
      const { at, isThere } = find(mark);
      marks.splice(at, isThere ? 1 : 0, mark);
    },
    remove(mark) {
      const { at, isThere } = find(mark);
      if (isThere) marks.splice(at, 1);
    },
    of: (user) => marks.filter((mark) => mark.user === user).map(keyOf),
    *pages(upTo, pageSize) {
      for (let start = 0; ; ) {
        const end = position(({ dueAt }) => dueAt <= upTo);
        const page = marks.slice(start, Math.min(start + pageSize, end));
        const last = page.at(-1);
        if (last === undefined) return;
        yield page;
        start = position((mark) => compare(mark, last) <= 0);
      }
    },
  };
}

/** As the keys of rows compare. */
function compare(a: DueMark, b: DueMark): number {
  if (a.dueAt !== b.dueAt) return a.dueAt - b.dueAt;
  if (a.user !== b.user) return a.user < b.user ? -1 : 1;
  return a.flow === b.flow ? 0 : a.flow < b.flow ? -1 : 1;
}

function keyOf({ user, flow, dueAt }: DueMark): string {
  return `${new Date(dueAt).toISOString()}|${user}|${flow}`;
}
