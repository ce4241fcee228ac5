import { hours, minutes } from '../clock.ts';
import type { MatrixApp } from './app.ts';
import type { Actor, Pair } from './interleavings.ts';
import { nth } from './use-cases.ts';
import type { MatrixWorld } from './world.ts';

const signedIn = (count: number, afterMs: number) => async (app: MatrixApp, world: MatrixWorld) => {
  for (let n = 0; n < count; n++) {
    await app.signIn(world.alice);
    world.clock.advance(2 * minutes);
  }
  world.clock.advance(afterMs);
};

/** Activity is due to be noted. */
const once = signedIn(1, 5 * minutes);
const twice = signedIn(2, 5 * minutes);
const due = async (app: MatrixApp, world: MatrixWorld) => {
  await signedIn(1, 46 * minutes)(app, world);
  await app.sweep();
};
const expired = signedIn(1, 2 * hours);
const idle = async (app: MatrixApp, world: MatrixWorld) => {
  await signedIn(1, 33 * hours)(app, world);
  await app.sweep();
};

const isGone = ['unauthenticated', 'reauth_required'];

const signIn: Actor = { name: 'sign-in', act: (app, { alice }) => app.signIn(alice) };
const signInOver: Actor = {
  name: 'sign-in over the first session',
  act: (app, world) => app.signIn(world.alice, nth(world, 0)),
};
const profile: Actor = {
  name: 'profile',
  act: (app, world) => app.me(world.alice, nth(world, 0)),
  refusals: isGone,
};
const signOut = (index: number): Actor => ({
  name: `sign-out of session ${index}`,
  act: (app, world) => app.signOut(nth(world, index)),
  refusals: isGone,
});
const everywhere = (index: number): Actor => ({
  name: `sign-out everywhere from session ${index}`,
  act: (app, world) => app.signOutEverywhere(world.alice, nth(world, index)),
  endsAll: true,
  refusals: isGone,
});
const endOther: Actor = {
  name: 'end of session 1 by session 0',
  act: (app, world) => app.endSession(nth(world, 0), nth(world, 1)),
  refusals: [...isGone, 'not_found'],
};
const frontChannel: Actor = {
  name: 'front-channel sign-out of session 0',
  act: (app, world) => app.frontChannel(world.alice, nth(world, 0).sid),
};
const forget: Actor = {
  name: 'deletion of data',
  act: (app, world) => app.forget(world.alice, nth(world, 0)),
  endsAll: true,
  refusals: isGone,
};
const revoke: Actor = {
  name: 'revocation by an operator',
  act: (app, { alice }) => app.revoke(alice),
  endsAll: true,
};
const forgetUser: Actor = {
  name: 'deletion by an operator',
  act: (app, { alice }) => app.forgetUser(alice),
  endsAll: true,
};
/** What the queue holds, which each instance has of its own: a message that comes twice. */
const work: Actor = {
  name: 'worker',
  async act(app, { queue }) {
    const marks = queue.take();
    await queue.send(marks);
    for (const mark of marks) await app.refreshDueUser(mark);
  },
};
const janitor: Actor = { name: 'janitor', act: (app) => app.clean() };
const backEnd: Actor = {
  name: 'token for a back end',
  act: (app, { alice }) => app.backEndToken(alice),
  refusals: [...isGone, 'not_found'],
};

export const pairs: readonly Pair[] = [
  ...[signIn, signInOver, signOut(0), frontChannel, profile].map((other) =>
    pair(once, signOut(0), other),
  ),
  ...[signIn, signInOver, everywhere(0), signOut(0), profile, frontChannel].map((other) =>
    pair(once, everywhere(0), other),
  ),
  ...[signOut(1), everywhere(1), endOther, frontChannel].map((other) =>
    pair(twice, signOut(0), other),
  ),
  ...[everywhere(1), endOther, signIn].map((other) => pair(twice, everywhere(0), other)),
  ...[signOut(1), profile, signIn].map((other) => pair(twice, endOther, other)),
  ...[signIn, signInOver, signIn, profile].map((other) => pair(once, frontChannel, other)),
  ...[signIn, signOut(1), frontChannel].map((other) => forgetting(twice, forget, other)),
  ...[signIn, signInOver, signOut(0), frontChannel].map((other) => forgetting(once, revoke, other)),
  ...[signIn, signOut(0), profile].map((other) => forgetting(once, forgetUser, other)),
  pair(once, signIn, signIn),
  pair(once, signInOver, signInOver),
  ...[work, signOut(0), signIn, everywhere(0), frontChannel].map((other) => pair(due, work, other)),
  ...[forget, revoke].map((other) => forgetting(due, work, other)),
  ...[profile, signOut(0), backEnd, signIn].map((other) => pair(expired, profile, other)),
  ...[work, signIn, frontChannel, janitor].map((other) => pair(idle, work, other)),
  forgetting(idle, work, forgetUser),
];

function pair(prepare: Pair['prepare'], ...actors: [Actor, Actor]): Pair {
  // Where the end of the last session and the tokens of a new one meet.
  return { prepare, actors, isRetaining: actors.includes(signIn) || actors.includes(work) };
}

function forgetting(prepare: Pair['prepare'], ...actors: [Actor, Actor]): Pair {
  return { prepare, actors, deletesTokens: true };
}
