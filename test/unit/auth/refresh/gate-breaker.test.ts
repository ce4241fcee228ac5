import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gateKey } from '../../../../src/lib/auth/refresh/gate.ts';
import { minutes, seconds, startTime } from '../../../support/clock.ts';
import {
  createGuarding,
  noAnswer,
  refusedApp,
  refusedRequest,
  refusedTenant,
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

  it('does not count it as success that there was nothing to ask with', async () => {
    const { gate, reports } = createGuarding();
    for (const user of ['ada', 'bob']) gate.leave('t', user, refusedRequest);
    gate.leave('t', 'dora', unasked);
    gate.leave('t', 'cleo', refusedRequest);
    expect(gate.isOpen('t')).toBe(true);
    gate.leave('t', 'dora', unasked);
    expect(gate.isOpen('t')).toBe(true);
    await settled();
    expect(reports).toEqual([['code', startTime + 2 * minutes]]);
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
  it('is made when it opens, and again each minute that it is open', async () => {
    const { gate, clock, reports, log } = createGuarding();
    for (let n = 0; n < 3; n++) gate.leave('t', 'ada', refusedApp);
    clock.advance(minutes - 1);
    gate.leave('t', 'ada', refusedApp);
    await settled();
    expect(reports).toEqual([['code', startTime + 2 * minutes]]);
    clock.advance(1);
    gate.leave('t', 'ada', refusedApp);
    await settled();
    expect(reports.at(-1)).toEqual(['code', startTime + 3 * minutes]);
    expect(reports).toHaveLength(2);
    const fields = { code: 'invalid_client', errorCodes: refusedApp.fault?.errorCodes };
    const line = { level: 'error', event: 'breaker-open', fields };
    expect(log.lines).toEqual([line, line]);
  });

  it('is made once when it closes', async () => {
    const { gate, reports, log } = createGuarding();
    gate.leave('t', 'ada', refusedApp);
    gate.leave('t', 'ada');
    gate.leave('t', 'ada');
    await settled();
    const open = ['code', startTime + 2 * minutes];
    expect(reports).toEqual([open, ['code', undefined]]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', event: 'breaker-closed' });
    gate.leave('t', 'ada', refusedApp);
    await settled();
    expect(reports.at(-1)).toEqual(open);
  });

  it('is each client’s own', async () => {
    const { gate, reports } = createGuarding();
    const code = gateKey({ tenantId: 't', flow: 'code' });
    const device = gateKey({ tenantId: 't', flow: 'device' });
    gate.leave(code, 'ada', refusedApp);
    gate.leave(device, 'bob', refusedApp);
    gate.leave(device, 'bob');
    await settled();
    const openUntil = startTime + 2 * minutes;
    expect(reports).toEqual([
      ['code', openUntil],
      ['device', openUntil],
      ['device', undefined],
    ]);
  });

  it('arrives in order, however long each takes', async () => {
    const written: (number | undefined)[] = [];
    const { gate } = createGuarding({
      report: async (_client, openUntil) => {
        if (openUntil !== undefined) await settled();
        written.push(openUntil);
      },
    });
    gate.leave('t', 'ada', refusedApp);
    gate.leave('t', 'ada');
    await settled();
    await settled();
    expect(written).toEqual([startTime + 2 * minutes, undefined]);
  });

  it('is not made of a breaker that was never open', async () => {
    const { gate, reports, log } = createGuarding();
    gate.leave('t', 'ada');
    gate.leave('t', 'ada', refusedRequest);
    gate.leave('t', 'ada');
    await settled();
    expect(reports).toEqual([]);
    expect(log.lines).toEqual([]);
  });

  it('that fails does no harm', async () => {
    const { gate, log } = createGuarding({ report: () => Promise.reject(new Error('down')) });
    gate.leave('t', 'ada', refusedApp);
    gate.leave('t', 'ada');
    await settled();
    expect(gate.isOpen('t')).toBe(false);
    const told = log.lines.filter(({ event }) => event === 'breaker-not-reported');
    expect(told).toHaveLength(2);
  });
});

describe('in an app for several tenants, a report of the breaker', () => {
  const createShared = () => createGuarding({ severalTenants: true });

  it('is not made of one tenant’s refusals, which the log names once a minute', async () => {
    const { gate, clock, reports, log } = createShared();
    for (const user of ['ada', 'bob', 'cleo', 'dora']) gate.leave('t', user, refusedRequest);
    expect(gate.isOpen('t')).toBe(true);
    await settled();
    expect(reports).toEqual([]);
    const fields = { tenant: 't', flow: 'code', code: 'invalid_scope', errorCodes: [] };
    const line = { level: 'warn', event: 'tenant-refuses-app', fields };
    expect(log.lines).toEqual([line]);
    clock.advance(minutes);
    gate.leave('t', 'ada', refusedRequest);
    expect(log.lines).toEqual([line, line]);
  });

  it('is made when the client itself is refused, once for all tenants', async () => {
    const { gate, reports } = createShared();
    for (const tenant of ['t', 'other', 'third']) gate.leave(tenant, 'ada', refusedApp);
    await settled();
    expect(reports).toEqual([['code', startTime + 2 * minutes]]);
  });

  it('is made when there is no credential to ask with', async () => {
    const { gate, reports } = createShared();
    gate.leave('t', 'ada', { classified: { class: 'operator' }, fault: undefined });
    await settled();
    expect(reports).toHaveLength(1);
  });

  it('is not made while another tenant takes the client', async () => {
    const { gate, clock, reports } = createShared();
    gate.leave('other', 'bob');
    clock.advance(minutes - 1);
    gate.leave('t', 'ada', refusedApp);
    await settled();
    expect(reports).toEqual([]);
    clock.advance(1);
    gate.leave('t', 'ada', refusedApp);
    await settled();
    expect(reports).toHaveLength(1);
  });

  it('is made although the same tenant took the client just before', async () => {
    const { gate, reports } = createShared();
    gate.leave('t', 'ada');
    gate.leave('t', 'ada', refusedApp);
    await settled();
    expect(reports).toHaveLength(1);
  });

  it('is taken back when any tenant takes the client', async () => {
    const { gate, reports } = createShared();
    gate.leave('t', 'ada', refusedApp);
    gate.leave('other', 'bob');
    await settled();
    expect(reports.at(-1)).toEqual(['code', undefined]);
  });

  it('is not taken back because a tenant has disabled the app', async () => {
    const { gate, reports } = createShared();
    gate.leave('t', 'ada', refusedApp);
    gate.leave('other', 'bob', refusedTenant);
    await settled();
    expect(reports).toEqual([['code', startTime + 2 * minutes]]);
  });

  it('is not made, and no breaker opens, because a tenant has disabled the app', async () => {
    const { gate, reports, log } = createShared();
    for (const user of ['ada', 'bob', 'cleo', 'dora']) gate.leave('t', user, refusedTenant);
    await settled();
    expect(gate.isOpen('t')).toBe(false);
    expect(reports).toEqual([]);
    expect(log.lines).toEqual([]);
  });
});
