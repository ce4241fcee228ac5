import type { StandInUser } from '../../dev/identity-provider/users.ts';
import { type BrowserClient, createBrowserClient, signInUpToCallback } from './browser-client.ts';
import type { World } from './world.ts';
import { codeRedemptions, storedRows } from './world-state.ts';

/** A browser that is back from the identity provider, and where it is to go now. */
export interface StartedSignIn {
  browser: BrowserClient;
  callback: string;
}

export async function startedSignIn(
  world: World,
  { username }: Pick<StandInUser, 'username'>,
  query = '',
): Promise<StartedSignIn> {
  const browser = createBrowserClient();
  return { browser, callback: await signInUpToCallback(browser, world.origin, username, query) };
}

/** What a request has led to. */
export interface Outcome {
  status: number;
  /** Whether it gives the browser a session. */
  opensSession: boolean;
  /** New or changed rows. */
  stores: number;
  /** Requests for tokens. */
  redemptions: number;
}

export async function outcomeOf(world: World, attempt: () => Promise<Response>): Promise<Outcome> {
  const [rows, redemptions] = [await storedRows(world), codeRedemptions(world).length];
  const { status, headers } = await attempt();
  return {
    status,
    opensSession: headers.getSetCookie().some((line) => /^(?:__Host-)?session=[^;]/.test(line)),
    stores: (await storedRows(world)).filter((row) => !rows.includes(row)).length,
    redemptions: codeRedemptions(world).length - redemptions,
  };
}

/** Nobody is signed in, nothing is stored, and the token endpoint was not asked. */
export const refused: Outcome = { status: 400, opensSession: false, stores: 0, redemptions: 0 };
