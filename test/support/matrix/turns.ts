import type { Instrument } from './instruments.ts';

/** So many storage operations of one of two instances. */
export interface Turn {
  who: 0 | 1;
  operations: number;
}

/** Something that one instance does, with every storage operation in hand. */
export type Act = (instrument: Instrument) => Promise<unknown>;

/** What the two acts came to: operations that each has made, and what each has thrown. */
export interface Played {
  operations: [number, number];
  errors: [unknown, unknown];
}

/**
 * Lets two instances act at once, one storage operation at a time: each waits before each operation
 * until it has its turn. When the turns are over, the first goes on to its end, then the second.
 */
export async function playTurns(
  acts: readonly [Act, Act],
  turns: readonly Turn[],
): Promise<Played> {
  const waiting: [(() => void)[], (() => void)[]] = [[], []];
  const played: Played = { operations: [0, 0], errors: [undefined, undefined] };
  const isOver = [false, false];
  const start = async (who: 0 | 1) => {
    const instrument: Instrument = {
      async run(_name, operation) {
        await new Promise<void>((go) => waiting[who].push(go));
        played.operations[who] += 1;
        return operation();
      },
    };
    await acts[who](instrument).catch((error: unknown) => {
      played.errors[who] = error;
    });
    isOver[who] = true;
  };
  void start(0);
  void start(1);
  await allWait();
  const toTheEnd = ([0, 1] as const).map((who) => ({ who, operations: Number.POSITIVE_INFINITY }));
  for (const { who, operations } of [...turns, ...toTheEnd]) {
    for (let count = 0; count < operations && !isOver[who]; count++) {
      const go = waiting[who].shift();
      if (!go) throw new Error('it waits for something else than its turn');
      go();
      await allWait();
    }
  }
  return played;
}

/** Nothing but storage keeps these acts waiting: then all that can happen has happened. */
function allWait(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Orders of two acts that are all tried, where there are no more of them. */
const mostOrders = 500;

/**
 * Orders of two acts' operations: all of them where they are few; else all in which each is
 * interrupted once at most, at any operation and for any number of the other's.
 *
 * @param operations of each act, as many as they have at most.
 */
export function* ordersOf([first, second]: readonly [number, number]): Generator<Turn[]> {
  if (countOrders(first, second) <= mostOrders) {
    yield* allOrders(first, second);
    return;
  }
  for (const who of [0, 1] as const) {
    const [own, others] = who === 0 ? [first, second] : [second, first];
    const other = who === 0 ? 1 : 0;
    for (let before = 1; before <= own; before++) {
      for (let between = 1; between <= others; between++) {
        yield [
          { who, operations: before },
          { who: other, operations: between },
          { who, operations: Number.POSITIVE_INFINITY },
        ];
      }
    }
  }
}

/** How many ways there are to put two sequences into one. */
function countOrders(first: number, second: number): number {
  let count = 1;
  for (let n = 1; n <= first; n++) count = (count * (second + n)) / n;
  return count;
}

function* allOrders(first: number, second: number): Generator<Turn[]> {
  if (first === 0 || second === 0) {
    yield [
      { who: 0, operations: first },
      { who: 1, operations: second },
    ];
    return;
  }
  for (const rest of allOrders(first - 1, second)) yield [{ who: 0, operations: 1 }, ...rest];
  for (const rest of allOrders(first, second - 1)) yield [{ who: 1, operations: 1 }, ...rest];
}
