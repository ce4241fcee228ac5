import { expect, it } from 'vitest';
import type { DueMark } from '../../../../src/lib/auth/ports.ts';
import { sweep } from '../../../../src/lib/auth/refresh/sweep.ts';
import { createManualClock, minutes, startTime } from '../../../support/clock.ts';
import { createMemoryHeartbeatStore } from '../../../support/memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { newUserIn } from '../../../support/token-records.ts';

/** A shard's marks, in the order given; there is room for as many of them as are asked for. */
function createTurns(marks: readonly Partial<DueMark>[], { room }: { room: number }) {
  const tokens = createMemoryTokenStore({ pageSize: 100 });
  let pages = 0;
  for (const [index, fields] of marks.entries()) {
    const dueAt = startTime - (marks.length - index) * minutes;
    const mark = { user: newUserIn('7'), flow: 'code', state: 'active', dueAt } as const;
    tokens.addMark({ ...mark, ...fields });
  }
  const counted = {
    ...tokens,
    async *due(...given: Parameters<typeof tokens.due>) {
      for await (const page of tokens.due(...given)) {
        pages += 1;
        yield page;
      }
    },
  };
  const queue = createMemoryRefreshQueue();
  const core = {
    ...{ tokens: counted, queue, heartbeats: createMemoryHeartbeatStore() },
    refreshPolicy: { ...refreshPolicy, budgetPerSecond: (room * 16) / 60 },
    now: createManualClock().now,
  };
  return {
    async sweep() {
      const { due } = await sweep(core);
      const handed = queue.take();
      const of = (wanted: Partial<DueMark>) =>
        handed.filter(
          (mark) => mark.tenantId === wanted.tenantId && mark.postponed === wanted.postponed,
        ).length;
      return { due, handed, of, pages };
    },
  };
}

const many = (count: number, fields: Partial<DueMark>) =>
  Array.from({ length: count }, () => fields);
const large = { tenantId: 'tenant-large' };
const small = { tenantId: 'tenant-small' };
const other = { tenantId: 'tenant-other' };

it('a tenant behind another’s backlog, however large, is found at once', async () => {
  const marks = [...many(1_200, large), ...many(10, small)];
  const { of, handed, pages } = await createTurns(marks, { room: 100 }).sweep();
  expect([of(small), of(large), handed.length]).toEqual([10, 90, 100]);
  expect(pages).toBe(2);
});

it('a single tenant’s backlog is read no further than there is room', async () => {
  const { due, of, pages } = await createTurns(many(500, large), { room: 100 }).sweep();
  expect([due, of(large), pages]).toEqual([100, 100, 1]);
});

it('tenants share the room, and what one does not need the others have', async () => {
  const marks = [...many(500, large), ...many(200, other), ...many(4, small)];
  const { of, pages } = await createTurns(marks, { room: 100 }).sweep();
  expect([of(large), of(other), of(small)]).toEqual([48, 48, 4]);
  expect(pages).toBe(3);
});

it('tenants take turns, each with its longest overdue first', async () => {
  const marks = [...many(3, large), ...many(2, small), ...many(1, other)];
  const { handed } = await createTurns(marks, { room: 100 }).sweep();
  const places = handed.map(({ dueAt }) => marks.length - (startTime - dueAt) / minutes);
  expect(places).toEqual([0, 3, 5, 1, 4, 2]);
});

it('a tenant’s clients take turns', async () => {
  const devices = { ...large, flow: 'device' } as const;
  const marks = [...many(80, devices), ...many(10, large)];
  const { handed } = await createTurns(marks, { room: 20 }).sweep();
  expect(handed.filter(({ flow }) => flow === 'code')).toHaveLength(10);
});

it('marks of an earlier version, which name no tenant, have a turn of their own', async () => {
  const { of } = await createTurns([...many(300, {}), ...many(30, small)], { room: 40 }).sweep();
  expect([of({}), of(small)]).toEqual([20, 20]);
});

it('marks that name no tenant are found behind another’s backlog', async () => {
  const marks = [...many(1_200, large), ...many(10, {}), ...many(10, small)];
  const { of, handed } = await createTurns(marks, { room: 100 }).sweep();
  expect([of({}), of(small), handed.length]).toEqual([10, 10, 100]);
});

it('a tenant is found behind a backlog of marks that name none', async () => {
  const marks = [...many(1_200, {}), ...many(10, small)];
  const { of, handed } = await createTurns(marks, { room: 100 }).sweep();
  expect([of(small), handed.length]).toEqual([10, 100]);
});

it('marks that were postponed leave half of the room to their tenant’s others', async () => {
  const marks = [...many(300, { ...large, postponed: 3 }), ...many(30, large)];
  const { of } = await createTurns(marks, { room: 40 }).sweep();
  expect([of(large), of({ ...large, postponed: 3 })]).toEqual([20, 20]);
});

it.each([
  [250, 20, 3],
  [1_000, 0, 8],
])('%d postponed marks in front are read past, within bounds', async (count, found, read) => {
  const marks = [...many(count, { ...large, postponed: 1 }), ...many(30, large)];
  const { of, pages } = await createTurns(marks, { room: 40 }).sweep();
  expect([of(large), pages]).toEqual([found, read]);
});

it('more tenants than one query can leave out share the room, and nobody comes twice', async () => {
  const tenants = Array.from({ length: 20 }, (_, n) => ({ tenantId: `tenant-${n}` }));
  const marks = [...tenants.flatMap((tenant) => many(100, tenant)), ...many(5, small)];
  const { handed, of } = await createTurns(marks, { room: 105 }).sweep();
  expect(new Set(handed.map(({ user }) => user)).size).toBe(handed.length);
  expect(handed).toHaveLength(105);
  expect(of({ tenantId: 'tenant-0' })).toBeGreaterThan(0);
});
