import { seededUsers } from '../../dev/identity-provider/users.ts';
import type { App } from './app.ts';
import { graphScopes } from './graph-people.ts';
import { type Person, signedInPerson } from './people.ts';
import { startWorld, type World } from './world.ts';

/** Bob, who may use all of Graph that the app offers, and a back end that acts for him. */
export interface GraphTrial {
  world: World;
  app: App;
  person: Person;
  /** A back end's token for the app. */
  backEnd: string;
  /** Bob's request, unless it brings an authorization of its own. */
  ask(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; headers: Headers; text: string }>;
  /** What Graph answers next, once, whatever it is asked; nothing that was to come before counts. */
  graphAnswers(body: object | string, answer?: GraphAnswer): void;
  /** Requests that Graph has had. */
  calls(): number;
  refreshes(): number;
}

interface GraphAnswer {
  status?: number;
  headers?: Record<string, string>;
  times?: number;
}

export async function startGraphTrial(): Promise<GraphTrial> {
  const world = await startWorld();
  const scopes = graphScopes.join(' ');
  const environment = { GRAPH_SCOPES: scopes, GRAPH_SIGNIN_SCOPES: scopes };
  const app = await world.startApp({
    queues: false,
    environment: { ...environment, ENTRA_APP_ROLE: 'Evergreen.ActForUsers' },
  });
  const { faults } = world.graph;
  const { tokenCalls } = world.identityProvider;
  const person = await signedInPerson(world, seededUsers[1]);
  return {
    ...{ world, app, person },
    backEnd: await world.identityProvider.appToken(),
    async ask(path, init = {}) {
      const response = await person.browser.request(`${app.origin}${path}`, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    graphAnswers(body, { status = 200, headers = {}, times = 1 } = {}) {
      faults.clear();
      faults.next(times, { kind: 'answer', status, body, headers });
    },
    calls: () => world.graph.calls.length,
    refreshes: () => tokenCalls.filter(({ grantType }) => grantType === 'refresh_token').length,
  };
}

/** A list as one text. */
export function words(text: string): string[] {
  return text.split(/\s+/);
}

/** Headers as one text, `name: value | name: value`. */
export function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('|').map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.trim(), value.join(':').trim()];
    }),
  );
}
