import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parseOptions } from '../../bench/simulate/options.ts';
import { readRegistrations } from '../../dev/functions-host/registrations.ts';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { type Checkout, createCheckout, type Started } from '../support/checkout.ts';
import { skipsBrowser } from '../support/chromium.ts';
import { notRun } from '../support/commands-not-run.ts';
import { documentedCommands, fences, simulateOptions } from '../support/documented-commands.ts';

const root = join(import.meta.dirname, '..', '..');
const alice = 'alice@evergreen.example';

/** Where the commands are run: a copy of the project, in which `npm start` runs. */
let checkout: Checkout;
let laptop: Started;
let app: string;

beforeAll(async () => {
  checkout = await createCheckout();
  laptop = checkout.start('npm start');
  app = await originOf(laptop);
  await signIn(createBrowserClient(), app, alice, '?scope=Mail.Read');
});

afterAll(() => checkout?.close());

async function originOf(started: Started): Promise<string> {
  await started.printed('Ctrl-C stops everything');
  return /^ +app +(\S+)$/m.exec(started.output())?.[1] ?? '';
}

const inCheckout = (...names: string[]) => join(checkout.path, ...names);

/** What a command that succeeds prints on standard output. */
async function printed(command: string, environment?: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await checkout.run(command, environment);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  return stdout;
}

/** Shows that a command works. */
type Proof = (command: string, context: TestContext) => Promise<void>;

/** `.ci/run`, which every change must pass, has the command, perhaps with options at its end. */
const inCi: Proof = async (command) => {
  const text = await readFile(join(root, '.ci', 'run'), 'utf8');
  const lines = text.replaceAll(' --silent', '').replaceAll(/^\s*#.*$/gm, '');
  expect(lines).toMatch(new RegExp(`(?:^|[\\s(])${command}(?:\\s|$)`, 'm'));
};

/** Its own numbers take minutes or hours: they are accepted, and smaller ones are simulated below. */
const simulates: Proof = async (command) => {
  const [, options = ''] = command.split(' -- ');
  expect(parseOptions(options.split(' ').filter(Boolean)).samples).toBeGreaterThan(0);
};

/** A benchmark takes minutes: it is one of those that are named to who names none that there is. */
const isListed: Proof = async (command) => {
  const [named = ''] = /^npm run bench(?: -- \w+)?/.exec(command) ?? [];
  const { code, stderr } = await checkout.run('npm run --silent bench -- none');
  expect([code, stderr]).toEqual([2, expect.stringContaining(named)]);
};

const curlFence = fences.find(({ page, text }) => page === 'README.md' && text.includes('curl'));
let curlSession: Promise<string> | undefined;

/** It is a line of a session, which is run as a whole. */
const inCurlSession: Proof = async (command) => {
  expect(curlFence?.text).toContain(command);
  const script = (curlFence?.text ?? '').replaceAll('http://localhost:7071', app);
  curlSession ??= printed(script);
  const output = await curlSession;
  expect(output.match(/"userPrincipalName":"alice@evergreen.example"/g)).toHaveLength(2);
  expect(output).toContain('"state":"active"');
  expect(output).toContain('"logoutUrl"');
};

/** Works without end, until it is stopped. */
async function whileRunning(
  command: string,
  environment: Record<string, string>,
  look: (started: Started) => Promise<void>,
): Promise<void> {
  const started = checkout.start(command, environment);
  try {
    await look(started);
  } finally {
    await started.interrupt();
  }
}

const proofs: Readonly<Record<string, Proof>> = {
  'node --version': async (command) => {
    const [, major] = /^v(\d+)/.exec(await printed(command)) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(20);
  },
  'npm start': async () => {
    expect(laptop.output()).toContain(alice);
    expect((await fetch(`${app}/health/ready`)).status).toBe(200);
  },
  'npm start -- --token-minutes 6': async (command) => {
    const backEnd = () => readFile(inCheckout('.evergreen', 'back-end.env'), 'utf8');
    const before = await backEnd();
    await whileRunning(command, {}, async (second) => {
      const origin = await originOf(second);
      const browser = createBrowserClient();
      await signIn(browser, origin, alice);
      const session = await (await browser.request(`${origin}/session`)).json();
      const { accessTokenExpiresAt, lastRefreshedAt } = session;
      const lifetimeMs = Date.parse(accessTokenExpiresAt) - Date.parse(lastRefreshedAt);
      expect(Math.round(lifetimeMs / 60_000)).toBe(6);
      // The examples go on with the first.
      expect(await backEnd()).toBe(before);
    });
  },
  'npm run doctor': async (command) => {
    expect(await printed(command)).toMatch(/, 0 failed, 0 skipped$/m);
  },
  'npm run user': async (command) => {
    const { code, stderr } = await checkout.run(command);
    expect([code, stderr]).toEqual([2, expect.stringContaining('npm run user -- --help')]);
  },
  'npm run user -- list': async (command) => {
    expect(await printed(command)).toMatch(/code +active/);
  },
  'cp local.settings.example.json local.settings.json': async (command) => {
    await printed(command);
    await rm(inCheckout('local.settings.json'));
  },
  'export NAME=value': async (command) => {
    expect(await printed(`${command} && node -p process.env.NAME`)).toBe('value\n');
  },
  'openssl rand -base64 32': async (command) => {
    expect(Buffer.from(await printed(command), 'base64')).toHaveLength(32);
  },
  'curl --fail https://HOST/health/ready': async (command) => {
    expect(await printed(command.replace('https://HOST', app))).toContain('"status":');
  },
  'sh examples/curl.sh': async (command) => {
    const subjects = await printed(command, { EVERGREEN_URL: app });
    expect(subjects.trim().split('\n')).toHaveLength(42);
  },
  'node --env-file=.evergreen/back-end.env examples/nightly-job.mjs': async (command) => {
    expect((await printed(command)).trim().split('\n')).toHaveLength(42);
  },
  'node examples/browser/serve.mjs': (command) =>
    whileRunning(command, { EVERGREEN_URL: app, PORT: '0' }, async (server) => {
      await server.printed('Open http');
      const [address = ''] = /http:\S+/.exec(server.output()) ?? [];
      expect(await (await fetch(address)).text()).toContain('page.js');
    }),
  'node examples/device/client.mjs': (command) =>
    whileRunning(command, { EVERGREEN_URL: app }, (client) => client.printed('enter the code')),
  'npm run check:openapi -- --update': async (command) => {
    const types = 'src/web/openapi.d.ts';
    await rm(inCheckout(types));
    await printed(command);
    expect(await readFile(inCheckout(types), 'utf8')).toBe(
      await readFile(join(root, types), 'utf8'),
    );
  },
  'npm run format': async (command) => {
    const file = inCheckout('dev', 'unformatted.ts');
    await writeFile(file, 'export const one={two:2}');
    await printed(command);
    expect(await readFile(file, 'utf8')).toBe('export const one = { two: 2 };\n');
    await rm(file);
  },
  'npm run test:unit': async (command) => {
    expect(await printed(`${command} -- test/unit/config/ncrontab.test.ts`)).toMatch(
      /Tests.* passed/,
    );
  },
  'SCREENSHOTS=test-results npm test': async (command, { skip }) => {
    skip(skipsBrowser, 'there is no Chromium');
    await printed(`${command} -- test/e2e/browser-views.test.ts -t 'view problem'`);
    expect(await readdir(inCheckout('test-results'))).toContain('problem-light.png');
  },
  'SCREENSHOTS=docs/images npm exec -- vitest run --project e2e test/e2e/browser-views.test.ts -t README':
    async (command, { skip }) => {
      skip(skipsBrowser, 'there is no Chromium');
      await rm(inCheckout('docs', 'images', 'page.png'));
      await printed(command);
      expect(await readdir(inCheckout('docs', 'images'))).toContain('page.png');
    },
  'npm ci && npm exec -- node tools/infra/package.ts && (cd dist/package && rm -f ../package.zip && zip -r ../package.zip .)':
    async (command) => {
      const [, make = '', pack = ''] = /^npm ci && (.*?) && (\(.*\))$/.exec(command) ?? [];
      await printed(make);
      const list = `import('./build.ts').then(async (it) => console.log(await it.writeBundle()))`;
      const bundle = await printed(`npm exec -- node -e "${list}"`);
      const files = await readdir(inCheckout('dist/package/dist'), { recursive: true });
      const isFile = (name: string) => /\.(?:cjs|map)$/.test(name);
      expect(files.filter(isFile).sort()).toEqual(
        [...bundle.matchAll(/dist\/(.*)'/g)].map(([, name = '']) => name).sort(),
      );
      expect(files.filter((name) => !isFile(name))).toEqual(['late']);
      const rest = ['dist', 'host.json', 'package.json'];
      expect((await readdir(inCheckout('dist/package'))).sort()).toEqual(rest);
      const functions = readRegistrations(inCheckout('dist/package/dist/index.cjs'));
      expect(functions.map(({ name }) => name)).toContain('refresh-sweep');
      const hasZip = (await checkout.run('command -v zip')).code === 0;
      if (hasZip) await printed(pack);
      expect(existsSync(inCheckout('dist/package.zip'))).toBe(hasZip);
    },
  'npm run simulate -- --costs': async (command) => {
    const output = await printed(command);
    const table = output.slice(output.indexOf('A month')).trim();
    expect(table).toContain('1,000,000 users');
    expect(await readFile(join(root, 'docs/costs.md'), 'utf8')).toContain(table);
  },
};

/** Commands of a kind. */
const kinds: readonly (readonly [RegExp, Proof])[] = [
  [
    /^npm (?:ci|test|audit)$|^npm run (?:test:(?:security|faults|simulation)|lint|typecheck)$/,
    inCi,
  ],
  [/^npm run check:\w+$/, inCi],
  [/^npm run (?:--silent )?simulate\b/, simulates],
  [/^npm run bench\b/, isListed],
  [/\bcurl -s .*(?:localhost:7071|"\$(?:page|form)")/, inCurlSession],
];

function proofOf(command: string): Proof | undefined {
  return proofs[command] ?? kinds.find(([form]) => form.test(command))?.[1];
}

describe('each command of the documentation works', () => {
  for (const command of documentedCommands.filter((each) => !notRun.includes(each))) {
    it(command, async (context) => {
      const proof = proofOf(command);
      if (!proof) throw new Error('No test runs it: give it a proof in this file.');
      await proof(command, context);
    });
  }
});

it('a block is a shell’s, or says what it is', () => {
  const others = new Set(['mermaid', 'js', 'ini', 'kusto']);
  const unknown = fences.filter(({ language }) => language !== '' && !others.has(language));
  expect(unknown.map(({ page, language }) => `${page}: ${language}`)).toEqual([]);
});

it('no proof, and no reason, is for a command that no page has', () => {
  const known = new Set(documentedCommands);
  expect([...Object.keys(proofs), ...notRun].filter((command) => !known.has(command))).toEqual([]);
});

it('what can’t be run names files and outputs that there are', async () => {
  const files = notRun.flatMap((command) => command.match(/\binfra\/\S+/g) ?? []);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  const outputs = notRun.flatMap((command) => [...command.matchAll(/\.outputs\.(\w+)/g)]);
  const bicep = await readFile(join(root, 'infra/main.bicep'), 'utf8');
  expect(outputs.length).toBeGreaterThan(0);
  for (const [, name] of outputs) expect(bicep).toContain(`output ${name} `);
});

it('a simulation with smaller numbers runs', async () => {
  expect(simulateOptions.length).toBeGreaterThan(0);
  for (const options of simulateOptions)
    expect(() => parseOptions(options.split(' '))).not.toThrow();
  const report = await printed('npm run simulate -- --users 1000 --days 4 --samples 1');
  expect(report).toContain('refresh tokens lapsed');
  const [, picture = ''] = /^The lag over time: (\S+)$/m.exec(report) ?? [];
  expect(await readFile(inCheckout(picture), 'utf8')).toMatch(/^<svg /);
});
