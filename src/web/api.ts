/** The app's HTTP contract, as far as its own page uses it: the shapes, and how to ask. */
import type { components, paths } from './openapi.d.ts';

type Schemas = components['schemas'];

/** The answer of `GET /session`. Times are ISO 8601 in UTC. */
export type Session = Schemas['Session'];

/** One of `GET /sessions`. */
export type SessionSummary = Sessions['sessions'][number];
type Sessions = paths['/sessions']['get']['responses'][200]['content']['application/json'];

/** What the page shows of Graph's `/me`. */
export type Profile = Partial<Schemas['Profile']> & { jobTitle?: string | null };

/** The answer of `GET /health/refresh`, with 200 and with 503: a problem's `status` is a number. */
export type ServiceLevel = Omit<Schemas['ServiceLevel'], 'status'> & {
  status: Schemas['ServiceLevel']['status'] | number;
};

/** @see RFC 9457 */
export interface ProblemDetails {
  status: number;
  /** Of the app's closed set; `network`: there was no answer. */
  code: string;
  title: string;
  detail?: string;
  reason?: string;
  graphCode?: string;
  loginUrl?: string;
  requestId?: string;
}

/** An answer that is no success. */
export class Problem extends Error {
  readonly details: ProblemDetails;
  /** Seconds, of a 429 or 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(details: ProblemDetails, retryAfterSeconds?: number) {
    super(details.title);
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The app answers within 12 s, whatever happens. */
const longestWaitMs = 15_000;

let serverIsAheadMs = 0;

/** Now by the server's clock, to the second: a browser's own may be wrong. */
export function serverNow(): number {
  return Date.now() + serverIsAheadMs;
}

/** Asks the app. @throws Problem for whatever is no success. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.method && init.method !== 'GET') headers.set('X-CSRF', '1');
  const signal = AbortSignal.timeout(longestWaitMs);
  const response = await fetch(path, { ...init, headers, signal }).catch(() => undefined);
  if (!response) throw new Problem({ status: 0, code: 'network', title: '' });
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) serverIsAheadMs = date - Date.now();
  if (!response.ok) throw await toProblem(response);
  return response;
}

async function toProblem(response: Response): Promise<Problem> {
  const details = (await response.json().catch(() => undefined)) as ProblemDetails | undefined;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Problem(
    details ?? { status: response.status, code: 'internal', title: '' },
    Number.isNaN(retryAfter) ? undefined : retryAfter,
  );
}

async function read<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T;
}

export const readSession = () => read<Session>('/session');
export const readProfile = () => read<Profile>('/me');

export async function readSessions(): Promise<readonly SessionSummary[]> {
  return (await read<Sessions>('/sessions')).sessions;
}

export async function endSession(id: string): Promise<void> {
  await ask(`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** @returns where the identity provider's own session ends. */
export async function signOut(everywhere: boolean): Promise<string> {
  const path = everywhere ? '/logout?everywhere=true' : '/logout';
  const response = await ask(path, { method: 'POST' });
  return ((await response.json()) as { logoutUrl: string }).logoutUrl;
}

export async function deleteData(): Promise<void> {
  await ask('/me/data', { method: 'DELETE' });
}

/** The figures, of a service that is well or not. @throws Problem if there are none. */
export async function readServiceLevel(): Promise<ServiceLevel> {
  try {
    return await read<ServiceLevel>('/health/refresh');
  } catch (error) {
    const figures = error instanceof Problem ? (error.details as Partial<ServiceLevel>) : {};
    if (figures.problems) return figures as ServiceLevel;
    throw error;
  }
}
