import { expect, test } from 'vitest';
import { measureSweep } from '../../bench/sweep/measure.ts';

const due = 100;
const wanted = { queries: 16, furtherPages: 0, rows: due, heartbeatWrites: 1, others: 0 };

test.each([200, 2_000])('a sweep of %i users asks for the due ones alone', async (users) => {
  expect(await measureSweep({ users, due })).toMatchObject({ ...wanted, enqueued: due });
});
