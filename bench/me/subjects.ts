import { join } from 'node:path';
import { forEachNumber } from '../lib/at-once.ts';
import { type MeasuredProcess, startProcess } from '../lib/processes.ts';
import { startPeer } from '../peers/peers.ts';
import { startRedis } from '../peers/redis.ts';
import { type SignIn, signInWithCode, signInWithOpenId } from '../peers/sign-in.ts';
import { seedSessions } from '../product/seed.ts';
import { productSettings } from '../product/settings.ts';
import { authorizationCode, oidOf, tenantId } from '../stubs/entra/directory.ts';
import { type Stub, startTables } from '../stubs/services.ts';

/** A running server, and who is signed in there. */
export interface Subject {
  readonly process: MeasuredProcess;
  /** Of the users 0, 1, 2 and so on. */
  readonly cookies: readonly string[];
  /** Object id of whose profile a user gets. */
  readonly profileOf: (user: number) => string;
  /** The product's. */
  readonly tables?: Stub;
  close(): Promise<void>;
}

export interface Stubs {
  readonly entra: Stub;
  readonly graph: Stub;
}

/** Starts a server afresh, with so many users signed in. */
export type Open = (stubs: Stubs, users: number) => Promise<Subject>;

const serverOf = (name: string) => join(import.meta.dirname, '../product', `${name}.ts`);
const productOn =
  (server: 'plain-server' | 'dev-host'): Open =>
  async ({ entra, graph }, users) => {
    const tables = await startTables();
    const origins = { tables: tables.origin, entra: entra.origin, graph: graph.origin };
    const env = productSettings(origins);
    const cookies = await seedSessions(env, users);
    const process = await startProcess(serverOf(server), { env });
    const close = async () => {
      await process.stop();
      await tables.stop();
    };
    return { process, cookies, profileOf: oidOf, tables, close };
  };

const peerOnRedis =
  (
    peer: 'msal-redis' | 'openid-redis',
    signIn: SignIn,
    own: Readonly<Record<string, string>> = {},
  ): Open =>
  async ({ entra, graph }, users) => {
    const redis = await startRedis();
    const settings = { REDIS_URL: redis.url, GRAPH_ORIGIN: graph.origin, ...own };
    const process = await startPeer(peer, entra.origin, settings);
    const cookies: string[] = [];
    await forEachNumber(users, async (user) => {
      cookies[user] = await signIn(process.origin, user);
    });
    const close = async () => {
      await process.stop();
      await redis.stop();
    };
    return { process, cookies, profileOf: oidOf, close };
  };

/** One user's token, whoever asks. */
const plainProxy: Open = async ({ entra, graph }, users) => {
  const settings = { GRAPH_ORIGIN: graph.origin, ACCESS_TOKEN: await firstUsersToken(entra) };
  const process = await startPeer('plain', entra.origin, settings);
  const cookies = Array.from({ length: users }, () => '');
  return { process, cookies, profileOf: () => oidOf(0), close: process.stop };
};

async function firstUsersToken({ origin }: Stub): Promise<string> {
  const response = await fetch(`${origin}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ code: authorizationCode(0) }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

export const subjects = {
  product: productOn('plain-server'),
  'product on the dev host': productOn('dev-host'),
  '(a) plain proxy': plainProxy,
  '(b) Express + MSAL + Redis': peerOnRedis('msal-redis', signInWithCode),
  '(b) with node:http instead of fetch': peerOnRedis('msal-redis', signInWithCode, {
    GRAPH_CLIENT: 'node:http',
  }),
  '(c) express-openid-connect + Redis': peerOnRedis('openid-redis', signInWithOpenId),
} as const satisfies Record<string, Open>;

export type SubjectName = keyof typeof subjects;
