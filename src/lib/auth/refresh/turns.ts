import type { DueMark } from '../ports.ts';

/** Tenants that a query can leave out at once. */
const maxExcepted = 12;

/** The tenants with the most marks among some, the largest first; empty: marks that name none. */
export function largestTenants(marks: readonly DueMark[]): string[] {
  return [...Map.groupBy(marks, ({ tenantId = '' }) => tenantId)]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, maxExcepted)
    .map(([tenantId]) => tenantId);
}

/**
 * As many marks as there is room for. Whoever the token endpoint takes or refuses as one, a tenant's
 * users of one client, has a turn of their own, and so have those of them whose marks were
 * postponed: none of them can take the others' room.
 *
 * @param marks the longest overdue of each tenant first.
 */
export function chooseByTurns(
  marks: readonly DueMark[],
  room: number,
  random: () => number,
): DueMark[] {
  const queues = [...Map.groupBy(marks, turnOf).values()];
  const shares = sharesOf(
    queues.map(({ length }) => length),
    room,
  );
  return interleave(queues.map((queue, at) => choose(queue, shares[at] ?? 0, random)));
}

function turnOf({ tenantId = '', flow, postponed }: DueMark): string {
  return `${tenantId}|${flow}|${postponed === undefined ? '' : 'postponed'}`;
}

/** Divides the room equally; what one does not need the others have. */
function sharesOf(lengths: readonly number[], room: number): number[] {
  const shares = lengths.map(() => 0);
  for (let left = room; left > 0; ) {
    const wanting = [...lengths.keys()].filter((at) => (shares[at] ?? 0) < (lengths[at] ?? 0));
    if (wanting.length === 0) break;
    const each = Math.max(1, Math.floor(left / wanting.length));
    for (const at of wanting.slice(0, left)) {
      const more = Math.min(each, (lengths[at] ?? 0) - (shares[at] ?? 0));
      shares[at] = (shares[at] ?? 0) + more;
      left -= more;
    }
  }
  return shares;
}

/**
 * A share of a queue: half of it the longest overdue, half from anywhere among the others. Marks
 * that nobody can work on, and that stay in front, are in nobody's way.
 */
function choose(queue: readonly DueMark[], share: number, random: () => number): DueMark[] {
  if (queue.length <= share) return [...queue];
  const front = Math.ceil(share / 2);
  const others = share - front;
  const start = front + Math.floor(random() * (queue.length - front - others + 1));
  return [...queue.slice(0, front), ...queue.slice(start, start + others)];
}

/** One of each queue, then the next of each, until all are empty. */
function interleave(queues: readonly (readonly DueMark[])[]): DueMark[] {
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    queues.flatMap((queue) => queue[turn] ?? []),
  ).flat();
}
