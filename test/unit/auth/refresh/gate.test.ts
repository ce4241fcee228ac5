import { describe, expect, it } from 'vitest';
import { seconds, startTime } from '../../../support/clock.ts';
import {
  createGuarding,
  metFault,
  noAnswer,
  refusedApp,
  refusedUser,
} from '../../../support/token-gates.ts';

function budgeting() {
  const { gate, clock } = createGuarding();

  /** Milliseconds that a worker takes for some calls, once nothing is saved up or owed. */
  async function timeOf(calls: number, tenant = 't'): Promise<number> {
    for (let n = 0; n < 11; n++) await gate.enter(tenant, 'dora', 'request');
    await gate.enter(tenant, 'dora', 'timer');
    const start = clock.now();
    for (let n = 0; n < calls; n++) await gate.enter(tenant, 'dora', 'timer');
    return clock.now() - start;
  }

  return { clock, gate, timeOf };
}

describe('the budget at the gate', () => {
  it('never makes a request wait', async () => {
    const { gate, clock } = budgeting();
    for (let n = 0; n < 100; n++) expect(await gate.enter('t', 'dora', 'request')).toBeUndefined();
    expect(clock.now()).toBe(startTime);
  });

  it('makes workers wait for their turn', async () => {
    const { timeOf } = budgeting();
    expect(await timeOf(20)).toBe(2 * seconds);
  });

  it('makes a worker wait for 5 s, and sends it away before it would be longer', async () => {
    const { gate, clock } = budgeting();
    for (let n = 0; n < 60; n++) await gate.enter('t', 'dora', 'request');
    expect(await gate.enter('t', 'dora', 'timer')).toBeUndefined();
    expect(clock.now()).toBe(startTime + 5 * seconds);
    for (let n = 0; n < 50; n++) await gate.enter('t', 'dora', 'request');
    expect(await gate.enter('t', 'dora', 'timer')).toMatchObject({
      code: 'temporarily_unavailable',
    });
    expect(clock.now()).toBe(startTime + 5 * seconds);
  });

  it('is also spent by token calls that pass no gate', async () => {
    const { gate, clock } = budgeting();
    for (let n = 0; n < 60; n++) gate.spend('t');
    expect(clock.now()).toBe(startTime);
    expect(await gate.enter('t', 'dora', 'timer')).toBeUndefined();
    expect(clock.now()).toBe(startTime + 5 * seconds);
    expect(await gate.enter('other', 'dora', 'timer')).toBeUndefined();
    expect(clock.now()).toBe(startTime + 5 * seconds);
  });

  it('is each tenant’s own', async () => {
    const { gate, clock } = budgeting();
    for (let n = 0; n < 100; n++) await gate.enter('t', 'dora', 'request');
    expect(await gate.enter('other', 'dora', 'timer')).toBeUndefined();
    expect(clock.now()).toBe(startTime);
  });

  it.each([
    ['429', metFault({ status: 429 })],
    ['AADSTS50196', metFault({ error: 'invalid_grant', errorCodes: [50196] })],
  ])('is halved by %s', async (_, complaint) => {
    const { gate, timeOf } = budgeting();
    gate.leave('t', 'ada', complaint);
    const time = await timeOf(20);
    expect(time).toBeGreaterThan(3.8 * seconds);
    expect(time).toBeLessThanOrEqual(4 * seconds);
    expect(await timeOf(20, 'other')).toBe(2 * seconds);
  });

  it.each([
    ['no answer', noAnswer],
    ['a refusal', refusedUser],
    ['tokens', undefined],
  ])('stays as it is for %s', async (_, answer) => {
    const { gate, timeOf } = budgeting();
    gate.leave('t', 'ada', answer);
    expect(await timeOf(20)).toBe(2 * seconds);
  });
});

describe('the budget and the breaker', () => {
  it('let a worker wait first, and then see whether the app is refused', async () => {
    const waiting = Promise.withResolvers<void>();
    const { gate } = createGuarding({ sleep: () => waiting.promise });
    for (let n = 0; n < 30; n++) await gate.enter('t', 'dora', 'request');
    const entering = gate.enter('t', 'dora', 'timer');
    gate.leave('t', 'ada', refusedApp);
    waiting.resolve();
    expect(await entering).toMatchObject({ code: 'misconfigured' });
  });

  it('take nothing for requests that the breaker refuses', async () => {
    const { gate, clock } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    for (let n = 0; n < 250; n++) await gate.enter('t', 'dora', 'request');
    clock.advance(15 * seconds);
    expect(await gate.enter('t', 'dora', 'timer')).toBeUndefined();
    expect(clock.now()).toBe(startTime + 15 * seconds);
  });

  it('let workers go on ten seconds after requests, however many those were', async () => {
    const { gate, clock } = createGuarding();
    for (let n = 0; n < 10_000; n++) await gate.enter('t', 'dora', 'request');
    const away = { code: 'temporarily_unavailable' };
    expect(await gate.enter('t', 'dora', 'timer')).toMatchObject(away);
    clock.advance(10 * seconds);
    expect(await gate.enter('t', 'dora', 'timer')).toBeUndefined();
    expect(clock.now()).toBe(startTime + 10 * seconds);
  });
});
