import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world.close());

const routes = ['/', '/status', '/login', '/callback?state=x&code=y', '/me', '/session'];

async function problemOf(app: App, path: string) {
  const response = await fetch(`${app.origin}${path}`, { redirect: 'manual' });
  return { status: response.status, problem: (await response.json()) as Record<string, string> };
}

describe('an app with wrong settings', () => {
  let app: App;

  beforeAll(async () => {
    app = await world.startApp({
      queues: false,
      environment: {
        ENTRA_TENANT_ID: '',
        ENTRA_CREDENTIAL: 'password',
        LOCAL_WRAPPING_KEY: 'too-short-to-be-a-key',
        SESSION_IDLE_HOURS: '-1',
      },
    });
  });

  it('names every problem at once when asked whether it is ready, and quotes no value', async () => {
    const { status, problem } = await problemOf(app, '/health/ready');
    expect(status).toBe(503);
    expect(problem['code']).toBe('misconfigured');
    for (const key of [
      'ENTRA_TENANT_ID',
      'ENTRA_CREDENTIAL',
      'LOCAL_WRAPPING_KEY',
      'SESSION_IDLE_HOURS',
    ]) {
      expect(problem['detail']).toContain(key);
    }
    expect(JSON.stringify(problem)).not.toContain('too-short-to-be-a-key');
    expect(app.log.join('\n')).not.toContain('too-short-to-be-a-key');
  });

  it('serves nothing', async () => {
    for (const path of routes) {
      const { status, problem } = await problemOf(app, path);
      expect([path, status, problem['code']]).toEqual([path, 503, 'misconfigured']);
    }
  });

  it('is alive', async () => {
    expect((await fetch(`${app.origin}/health/live`)).status).toBe(200);
  });
});

it.each([
  ['TOKEN_STORAGE', 'garbage'],
  ['REFRESH_SCHEDULE', '99 x y z 1 2'],
  ['SESSION_MAX_DAYS', '1e12'],
])('is not ready with %s=%s, and says which setting it is', async (key, value) => {
  const app = await world.startApp({ queues: false, environment: { [key]: value } });
  const { status, problem } = await problemOf(app, '/health/ready');
  expect([status, problem['code']]).toEqual([503, 'misconfigured']);
  expect(problem['detail']).toContain(key);
  expect((await problemOf(app, '/login')).problem['code']).toBe('misconfigured');
});

it('is not ready with a certificate that is not there', async () => {
  const app = await world.startApp({
    queues: false,
    environment: {
      ENTRA_CREDENTIAL: 'certificate',
      ENTRA_CLIENT_CERTIFICATE_PATH: '/no/such/file.pem',
    },
  });
  const { status, problem } = await problemOf(app, '/health/ready');
  expect([status, problem['code']]).toEqual([503, 'misconfigured']);
  expect(problem['detail']).toContain('ENTRA_CLIENT_CERTIFICATE_PATH');
  expect((await problemOf(app, '/login')).problem['code']).toBe('misconfigured');
});

it('is ready, and says so, when all is in order', async () => {
  const app = await world.startApp({ queues: false });
  const response = await fetch(`${app.origin}/health/ready`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: 'ready',
    checks: { config: 'ok', storage: 'ok', queue: 'ok', keys: 'ok' },
  });
});

it('is not ready with another wrapping key than the one that wrapped the data keys', async () => {
  const first = await world.startApp({ queues: false });
  expect((await fetch(`${first.origin}/health/ready`)).status).toBe(200);
  const other = Buffer.alloc(32, 9).toString('base64');
  const second = await world.startApp({
    queues: false,
    environment: { LOCAL_WRAPPING_KEY: other },
  });
  const { status, problem } = await problemOf(second, '/health/ready');
  expect([status, problem['code']]).toEqual([503, 'misconfigured']);
  expect(problem['detail']).toContain('LOCAL_WRAPPING_KEY_PREVIOUS');
  expect((await problemOf(second, '/login')).status).toBe(503);
});

it('is not ready, and says what does not answer, without storage', async () => {
  const storage = world.azurite.connectionString.replaceAll(
    /:(\d+)\/devstoreaccount1/g,
    ':1/devstoreaccount1',
  );
  const app = await world.startApp({ queues: false, environment: { TOKEN_STORAGE: storage } });
  const { status, problem } = await problemOf(app, '/health/ready');
  expect([status, problem['code']]).toEqual([503, 'temporarily_unavailable']);
  expect(problem['detail']).toContain('storage: does not answer.');
});
