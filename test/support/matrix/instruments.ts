import type { RefreshQueue } from '../../../src/lib/auth/refresh/ports.ts';
import { AppError } from '../../../src/lib/errors.ts';
import type { Table } from '../../../src/lib/storage/table.ts';

/** Has every storage operation of one instance in hand: requests to tables and to the queue. */
export interface Instrument {
  /** @param name of the operation, for whoever reads of a violation. */
  run<T>(name: string, operation: () => Promise<T>): Promise<T>;
}

/** Lets everything pass. */
export const untouched: Instrument = { run: (_name, operation) => operation() };

/** A table whose every request goes through an instrument. A transaction is one, a page of a query too. */
export function instrumentedTable(table: Table, { run }: Instrument): Table {
  const nameOf = (kind: string) => `${kind} ${table.name}`;
  return {
    name: table.name,
    get: (...given) => run(nameOf('get'), () => table.get(...given)),
    change: (change) => run(nameOf(change.kind), () => table.change(change)),
    changeAll: (changes) => run(nameOf('transaction'), () => table.changeAll(changes)),
    async *query(...given) {
      const pages = table.query(...given)[Symbol.asyncIterator]();
      let page = await run(nameOf('query'), () => pages.next());
      for (; !page.done; page = await pages.next()) yield page.value;
    },
  };
}

export function instrumentedQueue(queue: RefreshQueue, { run }: Instrument): RefreshQueue {
  return {
    send: (marks) => run('send', () => queue.send(marks)),
    depth: () => run('depth', () => queue.depth()),
  };
}

/** What befalls one operation of an instance. */
export interface Fault {
  /** Which one: 1 is the first. */
  at: number;
  when: 'before' | 'after';
  /** `throw`: the store is away; `hang`: no answer ever comes, and the process ends there. */
  how: 'throw' | 'hang';
}

/** Every fault that one operation can meet. */
export const faultKinds: readonly Omit<Fault, 'at'>[] = [
  { when: 'before', how: 'throw' },
  { when: 'after', how: 'throw' },
  { when: 'before', how: 'hang' },
  { when: 'after', how: 'hang' },
];

export interface Breaking extends Instrument {
  /** The operation that was met, if it came to it. */
  met(): string | undefined;
  /** Resolves when the process has ended. */
  readonly ended: Promise<'hung'>;
}

/** Lets one operation fail. */
export function breaking({ at, when, how }: Fault): Breaking {
  let count = 0;
  let met: string | undefined;
  let isOver = false;
  const ended = Promise.withResolvers<'hung'>();
  const never = <T>() => new Promise<T>(() => {});
  return {
    met: () => met,
    ended: ended.promise,
    async run(name, operation) {
      if (isOver) return never();
      count += 1;
      if (count !== at) return operation();
      met = name;
      isOver = how === 'hang';
      // Whatever came of it: nobody hears.
      if (when === 'after') await operation().catch(() => undefined);
      if (how === 'throw') throw new AppError('temporarily_unavailable');
      ended.resolve('hung');
      return never();
    },
  };
}
