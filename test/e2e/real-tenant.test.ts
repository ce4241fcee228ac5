import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Graph, startGraph } from '../../dev/graph/graph.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../dev/identity-provider/identity-provider.ts';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { type Checkout, createCheckout } from '../support/checkout.ts';
import { type ReservedPort, reservePort } from '../support/reserved-port.ts';

let checkout: Checkout;
let tenant: IdentityProvider;
let graph: Graph;
let reserved: ReservedPort;
let origin: string;

beforeAll(async () => {
  reserved = await reservePort();
  origin = `http://localhost:${reserved.port}`;
  checkout = await createCheckout();
  tenant = await startIdentityProvider({ redirectUris: [`${origin}/callback`] });
  graph = await startGraph({ identityProvider: tenant });
});

afterAll(async () => {
  await checkout?.close();
  await reserved?.release();
  await Promise.all([graph?.close(), tenant?.close()]);
});

/** The commands of README's section, in its order. */
async function commandsOf(heading: string): Promise<string[]> {
  const text = await readFile(join(checkout.path, 'README.md'), 'utf8');
  const [, section = ''] = new RegExp(`\n## ${heading}\n(.*?)\n## `, 's').exec(text) ?? [];
  return [...section.matchAll(/`((?:cp|npm) [^`]+)`/g)].map(([, command = '']) => command);
}

/** Writes into the file what a person would. */
async function setValues(values: Record<string, string>): Promise<void> {
  const path = join(checkout.path, 'local.settings.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  Object.assign(file.Values, values);
  await writeFile(path, JSON.stringify(file));
}

const statusesOf = (stdout: string) =>
  Object.fromEntries(
    [...stdout.matchAll(/^(ok|warning|failed|skipped) +(\S+)/gm)].map(([, status, name]) => [
      ...[name, status],
    ]),
  );

it('README’s section leads to a sign-in, and the doctor tells what is wrong on the way', async () => {
  const [copy = '', start = '', doctor = '', ...rest] = await commandsOf('With a real tenant');
  expect([start, doctor, rest]).toEqual(['npm start', 'npm run doctor', []]);
  expect((await checkout.run(copy)).code).toBe(0);
  const { ENTRA_TENANT_ID = '', ENTRA_CLIENT_ID = '', ...settings } = tenant.settings();
  const { ENTRA_CLIENT_SECRET = '', ...addresses } = settings;
  // What makes a tenant of the stand-in, which has addresses of its own.
  const elsewhere = { ...addresses, GRAPH_BASE_URL: graph.origin, PUBLIC_BASE_URL: origin };

  await setValues({
    ENTRA_TENANT_ID,
    ENTRA_CLIENT_ID,
    ENTRA_CLIENT_SECRET: 'the-id-of-the-secret',
  });
  await reserved.release();
  const first = checkout.start(start, elsewhere);
  await first.printed('Ctrl-C stops everything');
  expect(first.output()).toContain(`register the redirect URI ${origin}/callback`);
  const wrong = await checkout.run(doctor);
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain('the client secret is not one of the app registration’s');
  await first.interrupt();

  await setValues({ ENTRA_CLIENT_SECRET });
  const second = checkout.start(start, elsewhere);
  await second.printed('Ctrl-C stops everything');
  const right = await checkout.run(doctor);
  const { timer: _, ...others } = statusesOf(right.stdout);
  expect([right.code, Object.keys(others).length]).toEqual([0, 12]);
  expect(Object.values(others).filter((status) => status !== 'ok')).toEqual([]);
  const browser = createBrowserClient();
  await signIn(browser, origin, 'alice@evergreen.example');
  const me = await browser.request(`${origin}/me`);
  expect(await me.json()).toMatchObject({ userPrincipalName: 'alice@evergreen.example' });
  await second.interrupt();
});
