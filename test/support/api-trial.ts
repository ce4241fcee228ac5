import { generateUsers } from '../../dev/identity-provider/users.ts';
import { catalogue } from '../../src/lib/graph/catalogue.ts';
import type { Schema } from './answer-schemas.ts';
import { type ApiContract, type DocumentedOperation, watchAnswers } from './api-contract.ts';
import type { App } from './app.ts';
import { graphScopes } from './graph-people.ts';
import { createMovingClock } from './moving-clock.ts';
import { type Person, signedInPerson } from './people.ts';
import { startWorld, type World } from './world.ts';

/** An app whose answers, and those of others like it, are held against its OpenAPI document. */
export interface ApiTrial {
  world: World;
  app: App;
  /** Others of the app, each without something. */
  without: Record<'settings' | 'storage' | 'devices', App>;
  document: {
    info: { version: string };
    paths: object;
    components: { schemas: { TokenRequest: Schema } };
  };
  contract: ApiContract;
  nextPerson(): Promise<Person>;
  /** Somebody who has not signed in. */
  nextUsername(): string;
  later(ms: number): Promise<void>;
  close(): Promise<void>;
}

const methods = ['PUT', 'PATCH', 'DELETE'];
const environment = {
  GRAPH_SCOPES: graphScopes.join(' '),
  GRAPH_ROUTES: JSON.stringify([
    ...catalogue,
    ...methods.map((method) => `${method} /me/messages/{id} Mail.Read`),
  ]),
  ENTRA_APP_ROLE: 'Evergreen.ActForUsers',
};

export async function startApiTrial(): Promise<ApiTrial> {
  const users = [...generateUsers(20)];
  const nextUser = () => users.pop();
  const clock = createMovingClock();
  const world = await startWorld({ users });
  const start = (settings: Record<string, string> = {}) =>
    world.startApp({ queues: false, environment: { ...environment, ...settings } });
  const app = await start();
  const { connectionString } = world.azurite;
  const without = {
    settings: await start({ ENTRA_TENANT_ID: '' }),
    storage: await start({ TOKEN_STORAGE: connectionString.replaceAll(/:\d+\/dev/g, ':1/dev') }),
    devices: await start({ ENTRA_DEVICE_CLIENT_ID: '' }),
  };
  const document = await (await fetch(`${app.origin}/openapi.json`)).json();
  const apps = [app, ...Object.values(without)];
  const contract = watchAnswers(
    document,
    apps.map(({ origin }) => origin),
  );
  return {
    ...{ world, app, without, document, contract },
    nextPerson: () => signedInPerson(world, nextUser()),
    nextUsername: () => nextUser()?.username ?? '',
    later: (ms) => clock.advance(ms, apps),
    async close() {
      clock.restore();
      contract.stop();
      await world.close();
    },
  };
}

/** No session, device sign-in or user has this name. */
const nobody = '00000000-0000-4000-8000-000000000000';

/** A path of an operation. @param resource of Graph; by default one that takes the method. */
export function pathOf(
  { method, path }: DocumentedOperation,
  {
    name = nobody,
    resource = method === 'POST' ? 'me/events' : 'me/messages/x',
  }: { name?: string; resource?: string } = {},
): string {
  return path.replace('{path}', resource).replace(/\{\w+\}/, name);
}

/** Ids of the operations that answer a request with a code, whatever else they need. */
export async function answering(
  { operations }: ApiContract,
  code: string,
  { origin, query = '', ...init }: RequestInit & { origin: string; query?: string },
): Promise<string[]> {
  const found: string[] = [];
  for (const operation of operations) {
    const { id, method } = operation;
    const body = method === 'POST' && { body: '{"scopes":["User.Read"]}' };
    const url = `${origin}${pathOf(operation)}${query}`;
    const response = await fetch(url, { method, redirect: 'manual', ...body, ...init });
    if ((await response.text()).includes(`"code":"${code}"`)) found.push(id);
  }
  return found.sort();
}

/** Ids of the operations that are said to answer a code. */
export function documenting({ operations }: ApiContract, code: string): string[] {
  return operations
    .filter(({ codes }) => codes.has(code))
    .map(({ id }) => id)
    .sort();
}
