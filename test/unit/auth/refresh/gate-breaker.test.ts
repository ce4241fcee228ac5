import { describe, expect, it } from 'vitest';
import { minutes, seconds, startTime } from '../../../support/clock.ts';
import {
  createGuarding,
  noAnswer,
  refusedApp,
  refusedRequest,
  refusedUser,
  unasked,
} from '../../../support/token-gates.ts';

describe('the breaker at the gate', () => {
  it('lets nobody pass while the app is refused, and says how long', async () => {
    const { gate, clock } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    expect(gate.isOpen('t')).toBe(true);
    clock.advance(4_500);
    for (const by of ['timer', 'request'] as const) {
      expect(await gate.enter('t', 'dora', by)).toMatchObject({
        code: 'misconfigured',
        public: { retryAfterSeconds: 11 },
      });
    }
  });

  it('opens too if the app can’t even ask', () => {
    const { gate } = createGuarding();
    gate.leave('t', 'ada', { classified: { class: 'operator' }, fault: undefined });
    expect(gate.isOpen('t')).toBe(true);
  });

  it('opens for other faults of the operator’s when three users have met them', () => {
    const { gate } = createGuarding();
    gate.leave('t', 'ada', refusedRequest);
    gate.leave('t', 'bob', refusedRequest);
    gate.leave('t', 'bob', refusedRequest);
    expect(gate.isOpen('t')).toBe(false);
    gate.leave('t', 'cleo', refusedRequest);
    expect(gate.isOpen('t')).toBe(true);
  });

  it('keeps a user who alone was refused waiting for a minute, and lets the others go', async () => {
    const { gate, clock, reports } = createGuarding();
    gate.leave('t', 'ada', refusedRequest);
    clock.advance(10 * seconds);
    for (const by of ['timer', 'request'] as const) {
      expect(await gate.enter('t', 'ada', by)).toMatchObject({
        code: 'misconfigured',
        public: { retryAfterSeconds: 50 },
      });
      expect(await gate.enter('t', 'bob', by)).toBeUndefined();
    }
    expect(reports).toEqual([]);
    clock.advance(50 * seconds);
    expect(await gate.enter('t', 'ada', 'timer')).toBeUndefined();
  });

  it.each([
    ['tokens', undefined],
    ['a refusal of just this user', refusedUser],
  ])('counts %s as success', async (_, answer) => {
    const { gate, clock } = createGuarding();
    for (const user of ['ada', 'bob']) gate.leave('t', user, refusedRequest);
    gate.leave('t', 'cleo', answer);
    for (const user of ['dora', 'eve']) gate.leave('t', user, refusedRequest);
    expect(gate.isOpen('t')).toBe(false);
    gate.leave('t', 'ada', refusedApp);
    clock.advance(15 * seconds);
    expect(await gate.enter('t', 'dora', 'request')).toBeUndefined();
    gate.leave('t', 'ada', answer);
    expect(gate.isOpen('t')).toBe(false);
    expect(await gate.enter('t', 'dora', 'request')).toBeUndefined();
  });

  it('does not count it as success that there was nothing to ask with', () => {
    const { gate, reports } = createGuarding();
    for (const user of ['ada', 'bob']) gate.leave('t', user, refusedRequest);
    gate.leave('t', 'dora', unasked);
    gate.leave('t', 'cleo', refusedRequest);
    expect(gate.isOpen('t')).toBe(true);
    gate.leave('t', 'dora', unasked);
    expect(gate.isOpen('t')).toBe(true);
    expect(reports).toEqual([startTime + 2 * minutes]);
  });

  it('learns nothing from an answer that does not come', async () => {
    const { gate, clock } = createGuarding();
    gate.leave('t', 'ada', noAnswer);
    expect(gate.isOpen('t')).toBe(false);
    gate.leave('t', 'ada', refusedApp);
    clock.advance(15 * seconds);
    expect(await gate.enter('t', 'dora', 'timer')).toBeUndefined();
    gate.leave('t', 'ada', noAnswer);
    expect(gate.isOpen('t')).toBe(true);
    expect(await gate.enter('t', 'dora', 'timer')).toMatchObject({ code: 'misconfigured' });
  });

  it('is each tenant’s own', async () => {
    const { gate } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    expect(gate.isOpen('other')).toBe(false);
    expect(await gate.enter('other', 'dora', 'request')).toBeUndefined();
  });
});

describe('a report of the breaker', () => {
  it('is made when it opens, and again each minute that it is open', () => {
    const { gate, clock, reports, log } = createGuarding();
    for (let n = 0; n < 3; n++) gate.leave('t', 'ada', refusedApp);
    clock.advance(minutes - 1);
    gate.leave('t', 'ada', refusedApp);
    expect(reports).toEqual([startTime + 2 * minutes]);
    clock.advance(1);
    gate.leave('t', 'ada', refusedApp);
    expect(reports).toEqual([startTime + 2 * minutes, startTime + 3 * minutes]);
    const fields = { code: 'invalid_client', errorCodes: refusedApp.fault?.errorCodes };
    const line = { level: 'error', event: 'breaker-open', fields };
    expect(log.lines).toEqual([line, line]);
  });

  it('is made once when it closes', () => {
    const { gate, reports, log } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    gate.leave('t', 'ada');
    gate.leave('t', 'ada');
    expect(reports).toEqual([startTime + 2 * minutes, 0]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', event: 'breaker-closed' });
    gate.leave('t', 'ada', refusedApp);
    expect(reports.at(-1)).toBe(startTime + 2 * minutes);
  });

  it('of closing is not made when another tenant has success', () => {
    const { gate, reports } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    gate.leave('other', 'bob');
    expect(reports).toEqual([startTime + 2 * minutes]);
  });

  it('of closing is made when no tenant is open any more', () => {
    const { gate, reports, log } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    gate.leave('other', 'bob', refusedApp);
    gate.leave('t', 'ada');
    expect(reports).toEqual([startTime + 2 * minutes]);
    expect(log.lines.map(({ event }) => event)).toEqual(['breaker-open']);
    gate.leave('other', 'bob');
    expect(reports).toEqual([startTime + 2 * minutes, 0]);
  });

  it('is not made of a breaker that was never open', () => {
    const { gate, reports, log } = createGuarding();
    gate.leave('t', 'ada');
    gate.leave('t', 'ada', refusedRequest);
    gate.leave('t', 'ada');
    expect(reports).toEqual([]);
    expect(log.lines).toEqual([]);
  });

  it('that fails does no harm', async () => {
    const { gate, log } = createGuarding({ report: () => Promise.reject(new Error('down')) });
    gate.leave('t', 'ada', refusedApp);
    gate.leave('t', 'ada');
    await Promise.resolve();
    expect(gate.isOpen('t')).toBe(false);
    const told = log.lines.filter(({ event }) => event === 'breaker-not-reported');
    expect(told).toHaveLength(2);
  });
});
