import type { StandInUser } from '../../dev/identity-provider/users.ts';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';
import { type BrowserClient, createBrowserClient, signIn } from './browser-client.ts';
import type { World } from './world.ts';

/** Somebody who has signed in, and asks the app for things. */
export interface Person {
  oid: string;
  /** What their rows are under. */
  hash: UserHash;
  browser: BrowserClient;
  signIn(): Promise<void>;
  /** Asks for their profile. @param origin of the instance; default: the first. */
  me(origin?: string): Promise<MeAnswer>;
  session(origin?: string): Promise<Record<string, string>>;
}

export interface MeAnswer {
  status: number;
  /** Whether it is their own profile. */
  isOwn: boolean;
  /** Of a problem. */
  code: string | undefined;
  reason: string | undefined;
  loginUrl: string | undefined;
  retryAfter: string | null;
}

export async function signedInPerson(world: World, user: StandInUser | undefined): Promise<Person> {
  if (!user) throw new Error('there is no such user');
  const { oid, username } = user;
  const browser = createBrowserClient();
  const person: Person = {
    oid,
    hash: userHash({ oid, tid: world.identityProvider.tenantId }),
    browser,
    async signIn() {
      await signIn(browser, world.origin, username, '?returnTo=/health/live');
    },
    async me(origin = world.origin) {
      const response = await browser.request(`${origin}/me`);
      const { id, code, reason, loginUrl } = (await response.json()) as Record<string, string>;
      return {
        ...{ status: response.status, isOwn: id === oid, code, reason, loginUrl },
        retryAfter: response.headers.get('retry-after'),
      };
    },
    async session(origin = world.origin) {
      const response = await browser.request(`${origin}/session`);
      return (await response.json()) as Record<string, string>;
    },
  };
  await person.signIn();
  return person;
}

/** What {@link Person.me} is when all is well. */
export const ownProfile = {
  ...{ status: 200, isOwn: true, code: undefined, reason: undefined, loginUrl: undefined },
  retryAfter: null,
};

/** Signs several people in, one after the other. */
export async function signedInPeople(
  world: World,
  users: readonly StandInUser[],
): Promise<Person[]> {
  const people: Person[] = [];
  for (const user of users) people.push(await signedInPerson(world, user));
  return people;
}
