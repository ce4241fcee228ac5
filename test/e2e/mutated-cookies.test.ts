import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { inBatches } from '../support/batches.ts';
import { type MutatedCookie, mutatedCookies } from '../support/mutated-cookies.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';

const count = 1_000;
const atOnce = 20;
const name = 'session';

let world: World;
let app: App;
let alice: Person;
let bob: Person;
let mutated: MutatedCookie[];

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp({ queues: false });
  alice = await signedInPerson(world, seededUsers[0]);
  // Somebody whose data could come instead.
  bob = await signedInPerson(world, seededUsers[1]);
  mutated = mutatedCookies(
    { name, value: sessionCookie(alice), other: sessionCookie(bob) },
    { seed: 20261124, count },
  );
});

afterAll(() => world.close());

function sessionCookie({ browser }: Person): string {
  return browser.cookies.get(name) ?? '';
}

interface Answer {
  status: number | undefined;
  body: string;
}

/** As it stands: fetch would refuse, trim or encode some of them. */
function askWith(cookie: string): Promise<Answer> {
  const { hostname, port } = new URL(app.origin);
  const path = '/me';
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { cookie } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }),
      );
    })
      .on('error', reject)
      .end();
  });
}

it('a session cookie that was tampered with is nobody’s', async () => {
  expect(new Set(mutated.map(({ header }) => header)).size).toBe(count);
  const answers = await inBatches(mutated, atOnce, async ({ header, kind, intact }) => {
    const { status, body } = await askWith(header);
    const { id, code } = JSON.parse(body) as Record<string, string>;
    return { header, kind, intact, status, id, code };
  });
  const wrong = answers.filter(({ intact, status, id, code }) =>
    intact
      ? status !== 200 || id !== alice.oid
      : status !== 401 || code !== 'unauthenticated' || id !== undefined,
  );
  expect(wrong).toEqual([]);
});

it('and what it was made from still is its owner’s', async () => {
  expect(await alice.me()).toEqual(ownProfile);
  expect(await bob.me()).toEqual(ownProfile);
});
