import { hours, minutes } from '../clock.ts';
import { refuse } from '../token-faults.ts';
import { createMatrixApp, type MatrixApp } from './app.ts';
import { untouched } from './instruments.ts';
import { rowsOf, works } from './invariants.ts';
import type { Held, MatrixWorld } from './world.ts';

/** Something that the product does for somebody, and that can break off anywhere. */
export interface UseCase {
  name: string;
  /** Brings the world to where it begins. */
  prepare: (app: MatrixApp, world: MatrixWorld) => Promise<void>;
  run: (app: MatrixApp, world: MatrixWorld) => Promise<unknown>;
  /** What its client, or the platform, does after it broke off. Default: the same again. */
  repeat?: (app: MatrixApp, world: MatrixWorld) => Promise<unknown>;
  /** What must be true when the repetition is over. @returns what is not. */
  after?: (world: MatrixWorld) => Promise<string[]> | string[];
  /** Its outcome is that tokens are deleted, whatever retention says. */
  deletesTokens?: boolean;
}

/** The nth of a person's sessions. */
export function nth({ alice }: MatrixWorld, index: number): Held {
  const held = alice.sessions.at(index);
  if (!held) throw new Error('there is no such session');
  return held;
}

const signedIn = async (app: MatrixApp, { alice }: MatrixWorld) => void (await app.signIn(alice));

const signedInTwice = async (app: MatrixApp, { alice, clock }: MatrixWorld) => {
  await app.signIn(alice);
  clock.advance(2 * minutes);
  await app.signIn(alice);
  clock.advance(2 * minutes);
};

/** Two sessions, and a third that has been idle for too long. */
const withIdle = async (app: MatrixApp, { alice, clock }: MatrixWorld) => {
  await app.signIn(alice);
  clock.advance(9 * hours);
  await app.signIn(alice);
  clock.advance(2 * minutes);
  await app.signIn(alice);
  clock.advance(2 * minutes);
};

const dead = async (world: MatrixWorld, ...sessions: Held[]) => {
  const working = await Promise.all(sessions.map((held) => works(world, held)));
  return working.includes(true) ? ['a session works after its end was repeated'] : [];
};

/** Nothing is left of alice but tokens that are retained. */
const nothingLeft = (world: MatrixWorld, isForgotten = false) => {
  const kept = world.policy.retainMs > 0 && !isForgotten;
  const left = rowsOf(world, world.alice).filter(({ rowKey }) => !kept || !/^[cde]\|/.test(rowKey));
  return left.map(({ table, rowKey }) => `${table} ${rowKey} is left`);
};

/** No row names the session. */
const noRowOf = (world: MatrixWorld, held: Held) =>
  rowsOf(world, { ...world.alice, user: held.hash as never, sessions: [] }).map(
    ({ table }) => `${table} names an ended session`,
  );

/** A refresh: its repetition is the next sweep's, when a lease that was taken has run out. */
const sweepAgain = async (_: MatrixApp, world: MatrixWorld) => {
  for (let run = 0; run < 2; run++) {
    world.clock.advance(2 * minutes);
    const app = createMatrixApp(world, untouched);
    await app.sweep();
    await app.work();
  }
};

/** Alice is due, and on the queue. */
const onQueue = async (app: MatrixApp, world: MatrixWorld) => {
  await app.signIn(world.alice);
  world.clock.advance(46 * minutes);
  await app.sweep();
};

const isActive = (world: MatrixWorld) => {
  const row = world.tables.tokens
    .rows()
    .find(({ rowKey }) => rowKey === `c|${world.alice.user}|code`);
  return row?.['state'] === 'active' ? [] : ['I4: the sign-in is lost'];
};

export const useCases: readonly UseCase[] = [
  {
    name: 'first sign-in',
    prepare: async () => {},
    run: (app, { alice }) => app.signIn(alice),
    after: async (world) => ((await works(world, nth(world, -1))) ? [] : ['nobody is signed in']),
  },
  {
    name: 'further sign-in',
    prepare: signedInTwice,
    run: (app, { alice }) => app.signIn(alice),
    after: async (world) => ((await works(world, nth(world, 0))) ? [] : ['I9: a session is gone']),
  },
  {
    name: 'further sign-in beside an idle session',
    prepare: async (app, world) => {
      await app.signIn(world.alice);
      world.clock.advance(9 * hours);
    },
    run: (app, { alice }) => app.signIn(alice),
    after: async (world) => ((await works(world, nth(world, -1))) ? [] : ['nobody is signed in']),
  },
  {
    name: 'sign-in over an earlier session',
    prepare: signedIn,
    run: (app, world) => app.signIn(world.alice, nth(world, 0)),
    after: async (world) => ((await works(world, nth(world, -1))) ? [] : ['nobody is signed in']),
  },
  {
    name: 'profile',
    prepare: async (app, world) => {
      await app.signIn(world.alice);
      world.clock.advance(6 * minutes);
    },
    run: (app, world) => app.me(world.alice, nth(world, 0)),
  },
  {
    name: 'profile with a refresh',
    prepare: async (app, world) => {
      await app.signIn(world.alice);
      world.clock.advance(2 * hours);
    },
    run: (app, world) => app.me(world.alice, nth(world, 0)),
    repeat: async (app, world) => {
      world.clock.advance(1 * minutes);
      await app.me(world.alice, nth(world, 0));
    },
    after: isActive,
  },
  {
    name: 'refresh by a worker',
    prepare: onQueue,
    run: (app) => app.work(),
    repeat: sweepAgain,
    after: isActive,
  },
  {
    name: 'refresh by a worker that is refused',
    prepare: onQueue,
    run: (app, world) => {
      world.tokenClient.atEndpoint = refuse({ error: 'invalid_grant' });
      return app.work();
    },
    repeat: sweepAgain,
  },
  {
    name: 'refresh by a worker while the token endpoint is away',
    prepare: onQueue,
    run: (app, world) => {
      world.tokenClient.atEndpoint = refuse({ status: 503 });
      return app.work();
    },
    repeat: async (app, world) => {
      world.tokenClient.atEndpoint = () => undefined;
      await sweepAgain(app, world);
    },
    after: isActive,
  },
  {
    name: 'sign-out',
    prepare: signedIn,
    run: (app, world) => app.signOut(nth(world, 0)),
    after: async (world) => [...(await dead(world, nth(world, 0))), ...nothingLeft(world)],
  },
  {
    name: 'sign-out beside another session',
    prepare: signedInTwice,
    run: (app, world) => app.signOut(nth(world, 0)),
    after: async (world) => [
      ...(await dead(world, nth(world, 0))),
      ...noRowOf(world, nth(world, 0)),
      ...((await works(world, nth(world, 1))) ? [] : ['I9: the other session is gone']),
    ],
  },
  {
    name: 'sign-out beside an idle session',
    prepare: async (app, world) => {
      await app.signIn(world.alice);
      world.clock.advance(9 * hours);
      await app.signIn(world.alice);
      world.clock.advance(2 * minutes);
    },
    run: (app, world) => app.signOut(nth(world, 1)),
    after: async (world) => [...(await dead(world, nth(world, 1))), ...nothingLeft(world)],
  },
  {
    name: 'sign-out everywhere',
    prepare: withIdle,
    run: (app, world) => app.signOutEverywhere(world.alice, nth(world, 1)),
    after: async (world) => [
      ...(await dead(world, ...world.alice.sessions)),
      ...nothingLeft(world),
    ],
  },
  {
    name: 'end of another session',
    prepare: signedInTwice,
    run: (app, world) => app.endSession(nth(world, 0), nth(world, 1)),
    after: async (world) => [
      ...(await dead(world, nth(world, 1))),
      ...noRowOf(world, nth(world, 1)),
    ],
  },
  {
    name: 'end of one’s own session by its id',
    prepare: signedInTwice,
    run: (app, world) => app.endSession(nth(world, 0), nth(world, 0)),
    after: async (world) => [
      ...(await dead(world, nth(world, 0))),
      ...noRowOf(world, nth(world, 0)),
    ],
  },
  {
    name: 'front-channel sign-out',
    prepare: signedIn,
    run: (app, world) => app.frontChannel(world.alice, nth(world, 0).sid),
    after: async (world) => [
      ...(await dead(world, nth(world, 0))),
      // A row that is marked as ended may be left, without an entry in the index: the janitor's.
      ...nothingLeft(world).filter((line) => !line.startsWith('sessions ')),
    ],
  },
  {
    name: 'deletion of a user’s data',
    prepare: withIdle,
    run: (app, world) => app.forget(world.alice, nth(world, 1)),
    after: async (world) => [
      ...(await dead(world, ...world.alice.sessions)),
      ...nothingLeft(world, true),
    ],
    deletesTokens: true,
  },
  {
    name: 'start of a device sign-in',
    prepare: async () => {},
    run: (app, { alice }) => app.startDevice(alice),
  },
  {
    name: 'poll of a device sign-in that is pending',
    prepare: (app, { alice }) => app.startDevice(alice),
    run: (app, world) => {
      world.tokenClient.atEndpoint = refuse({ error: 'authorization_pending' });
      return app.pollDevice(world.alice);
    },
    repeat: (app, world) => {
      world.clock.advance(1 * minutes);
      return app.pollDevice(world.alice);
    },
  },
  {
    name: 'device sign-in',
    prepare: (app, { alice }) => app.startDevice(alice),
    run: (app, { alice }) => app.pollDevice(alice),
    repeat: async (_, world) => {
      world.clock.advance(1 * minutes);
      const app = createMatrixApp(world, untouched);
      await app.startDevice(world.alice);
      await app.pollDevice(world.alice);
    },
    after: async (world) => ((await works(world, nth(world, -1))) ? [] : ['nobody is signed in']),
  },
  {
    name: 'sign-out of a device',
    prepare: async (app, { alice }) => {
      await app.startDevice(alice);
      await app.pollDevice(alice);
    },
    run: (app, world) => app.signOut(nth(world, 0)),
    after: async (world) => [...(await dead(world, nth(world, 0))), ...nothingLeft(world)],
  },
  {
    name: 'revocation by an operator',
    prepare: signedInTwice,
    run: (app, { alice }) => app.revoke(alice),
    after: async (world) => [
      ...(await dead(world, ...world.alice.sessions)),
      ...nothingLeft(world),
    ],
    deletesTokens: true,
  },
  {
    name: 'deletion by an operator',
    prepare: signedInTwice,
    run: (app, { alice }) => app.forgetUser(alice),
    after: async (world) => [
      ...(await dead(world, ...world.alice.sessions)),
      ...nothingLeft(world, true),
    ],
    deletesTokens: true,
  },
  {
    name: 'sweep',
    prepare: async (app, world) => {
      await app.signIn(world.alice);
      world.clock.advance(46 * minutes);
    },
    run: (app) => app.sweep(),
    repeat: sweepAgain,
    after: isActive,
  },
  {
    name: 'janitor',
    prepare: async (app, world) => {
      await withIdle(app, world);
      await app.startDevice(world.alice);
      world.clock.advance(9 * 24 * hours);
    },
    run: (app) => app.clean(),
    after: nothingLeft,
  },
  {
    name: 'clean-up of idle sessions',
    prepare: async (app, world) => {
      await signedInTwice(app, world);
      world.clock.advance(33 * hours);
      await app.sweep();
    },
    run: (app) => app.work(),
    repeat: sweepAgain,
    after: nothingLeft,
  },
  {
    name: 'token for a back end',
    prepare: signedIn,
    run: (app, { alice }) => app.backEndToken(alice),
  },
  {
    name: 'token for a back end with a refresh',
    prepare: async (app, world) => {
      await app.signIn(world.alice);
      world.clock.advance(2 * hours);
    },
    run: (app, { alice }) => app.backEndToken(alice),
    repeat: (app, world) => {
      world.clock.advance(1 * minutes);
      return app.backEndToken(world.alice);
    },
    after: isActive,
  },
];
