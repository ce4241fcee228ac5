import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import {
  type OtlpReceiver,
  type OtlpRequest,
  startOtlpReceiver,
  valuesOf,
} from '../support/otlp-receiver.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const users = generateUsers(1);

let world: World;
let receiver: OtlpReceiver;
let clock: MovingClock;
/** Answers requests and sweeps. */
let web: App;
/** Does nothing but refresh. */
let worker: App;
let person: Person;

beforeAll(async () => {
  clock = createMovingClock();
  receiver = await startOtlpReceiver();
  world = await startWorld({ users });
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin };
  web = await world.startApp({ environment, queues: false });
  worker = await world.startApp({ environment });
  person = await signedInPerson(world, users[0]);
});

afterAll(async () => {
  clock.restore();
  await world.close();
  await receiver.close();
});

it('a receiver that is away fails nothing', async () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:1/canary-key' };
  const app = await world.startApp({ environment, queues: false });
  expect(await person.me(app.origin)).toEqual(ownProfile);
  await app.close();
  const warnings = app.log.filter((line) => line.includes('metrics-not-sent'));
  expect(warnings).toHaveLength(1);
  expect(app.log.join('\n')).not.toContain('canary-key');
});

/** The last that each instance has sent, who refreshed most first. */
function lastRequests(): OtlpRequest[] {
  const byInstance = new Map(
    receiver.requests.map((request) => [request.resource['service.instance.id'], request]),
  );
  const refreshed = (request: OtlpRequest) => countsIn(request)['refreshed'] ?? 0;
  return [...byInstance.values()].sort((a, b) => refreshed(b) - refreshed(a));
}

const countsIn = (request: OtlpRequest) => valuesOf(request, 'evergreen.refresh.count', 'outcome');

it('instances that stop have told how well tokens are kept fresh', async () => {
  await clock.advance(50 * 60_000, [web, worker]);
  await web.runTimer('refresh-sweep');
  await until(() => worker.log.some((line) => line.includes('"outcome":"refreshed"')));
  await until(async () => (await world.queueDepth()) === 0);
  await worker.close();
  await web.close();

  const requests = lastRequests();
  const none = { refreshed: 0, failed: 0, reauth_required: 0, poisoned: 0 };
  expect(requests.map(countsIn)).toEqual([{ ...none, refreshed: 1 }, none]);
  for (const request of requests) {
    expect(request.resource['service.name']).toBe('evergreen');
    expect(valuesOf(request, 'evergreen.refresh.due')).toEqual({ '': 1 });
    expect(valuesOf(request, 'evergreen.refresh.queue.depth')).toEqual({ '': 0 });
    expect(valuesOf(request, 'evergreen.refresh.breaker.open')).toEqual({ '': 0 });
    expect(valuesOf(request, 'evergreen.refresh.sweep.age')['']).toBeLessThan(60);
    expect(valuesOf(request, 'evergreen.refresh.overdue')['']).toBeGreaterThan(0);
    for (const name of [person.oid, person.hash.slice(0, 12), users[0]?.username ?? '']) {
      expect(request.body).not.toContain(name);
    }
  }
});
