import type { DueMark } from '../../../src/lib/auth/ports.ts';

/** Due marks in the order of their keys: adding and finding take a binary search. */
export interface MarkList {
  add(mark: DueMark): void;
  remove(mark: DueMark): void;
  /** The mark with a key, as it was added. */
  find(mark: DueMark): DueMark | undefined;
  /** Keys of a user's marks. */
  of(user: string): string[];
  /** Wanted marks up to a time. Marks that come or go between two pages don't disturb it. */
  pages(upTo: number, pageSize: number, isWanted: (mark: DueMark) => boolean): Generator<DueMark[]>;
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

  function place(mark: DueMark): { at: number; isThere: boolean } {
    const at = position((other) => compare(other, mark) < 0);
    const found = marks[at];
    return { at, isThere: found !== undefined && compare(found, mark) === 0 };
  }

  return {
    add(mark) {
      const { at, isThere } = place(mark);
      marks.splice(at, isThere ? 1 : 0, mark);
    },
    remove(mark) {
      const { at, isThere } = place(mark);
      if (isThere) marks.splice(at, 1);
    },
    find(mark) {
      const { at, isThere } = place(mark);
      return isThere ? marks[at] : undefined;
    },
    of: (user) => marks.filter((mark) => mark.user === user).map(keyOf),
    *pages(upTo, pageSize, isWanted) {
      for (let start = 0; ; ) {
        const end = position(({ dueAt }) => dueAt <= upTo);
        const page: DueMark[] = [];
        for (; start < end && page.length < pageSize; start++) {
          const mark = marks[start];
          if (mark && isWanted(mark)) page.push(mark);
        }
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
