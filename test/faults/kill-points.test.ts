import { afterEach, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import type { App } from '../support/app.ts';
import type { FaultRule } from '../support/fault-proxy.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { expectInvariants } from '../support/invariants.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import {
  isCacheMerge,
  isCacheRead,
  isMessageDelete,
  isRefreshCall,
  isTransaction,
  type RequestMatcher,
} from '../support/refresh-requests.ts';
import { until } from '../support/until.ts';

/**
 * Where the product is killed while it refreshes a user: at a request that is held, before it
 * reaches the other side or after that has carried it out. Two of the nine points of a refresh
 * that writes its rows one after the other don't exist here: cache, old mark and new mark change
 * in one transaction, so there is nothing between the writes.
 */
interface KillPoint {
  name: string;
  proxy: 'tables' | 'queues' | 'tokens';
  when?: FaultRule['when'];
  matches: (user: UserHash) => RequestMatcher;
  /** The identity provider has issued tokens, and they are not in the row. */
  isLost?: boolean;
}

const killPoints: KillPoint[] = [
  { name: 'after dequeue, before the cache read', proxy: 'tables', matches: isCacheRead },
  { name: 'after the cache read', proxy: 'tables', matches: isCacheMerge },
  { name: 'with the lease taken', proxy: 'tables', when: 'after', matches: isCacheMerge },
  { name: 'with the token request not sent', proxy: 'tokens', matches: () => isRefreshCall },
  {
    name: 'with the token answer held',
    proxy: 'tokens',
    when: 'after',
    matches: () => isRefreshCall,
    isLost: true,
  },
  {
    name: 'with the cache write not sent',
    proxy: 'tables',
    matches: isTransaction,
    isLost: true,
  },
  {
    name: 'with the cache written and its answer lost',
    proxy: 'tables',
    when: 'after',
    matches: isTransaction,
  },
  { name: 'before the message is deleted', proxy: 'queues', matches: () => isMessageDelete },
];

const minute = 60_000;
const [first, second] = generateUsers(2);

let world: FaultyWorld;
let clock: MovingClock;

afterEach(async () => {
  clock.restore();
  await world.close();
});

/** Kills the app in the middle of the first user's refresh, and starts another an instant later. */
async function killAt(
  { proxy, when, matches }: KillPoint,
  refreshTokenRotation: 'entra' | 'strict',
) {
  clock = createMovingClock();
  world = await startFaultyWorld({
    users: generateUsers(2),
    refreshTokenRotation,
    accessTokenSeconds: 2 * 60 * 60,
  });
  const app = await world.startApp();
  const victim = await signedInPerson(world, first);
  await clock.advance(60 * minute, [app]);
  const other = await signedInPerson(world, second);
  // The victim is due, 65 to 105 minutes after signing in, with a valid token; the other is not.
  await clock.advance(46 * minute, [app]);
  const matching = matches(victim.hash);
  const hold = world[proxy].add({
    ...(when && { when }),
    matches: matching,
    action: { kind: 'hold' },
  });
  await app.runTimer('refresh-sweep');
  await hold.reached;
  const seen = () => world[proxy].requests.filter(matching).length;
  const before = seen();
  await app.kill();
  // The proxy has seen that its client is gone: what it held goes no further.
  await until(() => seen() > before);
  world.heal();
  const restarted = await world.startApp({ port: Number(new URL(world.origin).port) });
  await clock.advance(0, [restarted]);
  return { victim, other, restarted, log: () => [...app.log, ...restarted.log] };
}

async function sweep(app: App): Promise<void> {
  // The lease runs out, and the sweep of the next minute brings the user back.
  await clock.advance(2 * minute, [app]);
  await app.runTimer('refresh-sweep');
}

async function isRefreshed(person: Person): Promise<boolean> {
  return (await person.session())['lastRefreshedBy'] === 'timer';
}

describe.each(killPoints)('killed $name', (killPoint) => {
  it('loses nobody, and refreshes within three minutes', async () => {
    const { victim, other, restarted, log } = await killAt(killPoint, 'entra');
    const hashes = [victim.hash, other.hash];
    // The valid token is served meanwhile, whoever holds the lease.
    expect([await victim.me(), await other.me()]).toEqual([ownProfile, ownProfile]);
    await expectInvariants(world, hashes, log());

    await sweep(restarted);
    await until(() => isRefreshed(victim));
    expect([await victim.me(), await other.me()]).toEqual([ownProfile, ownProfile]);
    await expectInvariants(world, hashes, log());

    const calls = world.identityProvider.tokenCalls.filter(
      ({ grantType }) => grantType === 'refresh_token',
    );
    const callsOf = (person: Person) => calls.filter(({ userOid }) => userOid === person.oid);
    expect(callsOf(victim)).toHaveLength(killPoint.isLost ? 2 : 1);
    expect(callsOf(other)).toHaveLength(0);
  });
});

describe('with a provider that lets a refresh token be used once', () => {
  const lost = killPoints.filter(({ isLost }) => isLost);

  it.each(lost)('killed $name, the user signs in once more, and nobody else does', async (each) => {
    const { victim, other, restarted, log } = await killAt(each, 'strict');
    await sweep(restarted);
    await until(async () => (await victim.me()).status === 401);
    expect(await other.me()).toEqual(ownProfile);
    await expectInvariants(world, [victim.hash, other.hash], log());

    await victim.signIn();
    expect([await victim.me(), await other.me()]).toEqual([ownProfile, ownProfile]);
    await expectInvariants(world, [victim.hash, other.hash], log());
  });
});
