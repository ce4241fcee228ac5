import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, signedInPerson } from '../support/people.ts';
import { hasTerminal, runAtTerminal } from '../support/terminal.ts';
import { startWorld, type World } from '../support/world.ts';

describe.skipIf(!hasTerminal)('at a terminal, npm run user', () => {
  let world: World;
  let folder: string;
  let settings: string[];
  let person: Person;

  beforeAll(async () => {
    [world, folder] = await Promise.all([
      startWorld(),
      mkdtemp(join(tmpdir(), 'evergreen-terminal-')),
    ]);
    await world.startApp({ queues: false });
    const file = join(folder, 'settings.json');
    await writeFile(file, JSON.stringify({ Values: world.environment }));
    settings = ['--settings', file];
    person = await signedInPerson(world, world.identityProvider.users[0]);
  });

  afterAll(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const id = () => `${person.oid}.${world.identityProvider.tenantId}`;

  it('shows how far a list is', async () => {
    const { code, screen } = await runAtTerminal('user/user.ts', ['list', ...settings]);
    expect(code).toBe(0);
    expect(screen).toContain('1 looked at');
    expect(screen).toContain(`${id()}  code    active`);
    expect(screen).toContain('1 of 1');
  });

  it.each([
    ['revoke', 'Sign this user out everywhere? [y/N] '],
    ['forget', 'Delete all that is kept of this user? [y/N] '],
  ])('%s asks first, and does nothing unless it is told to', async (command, question) => {
    for (const answer of ['', 'n', 'yes please']) {
      const refused = await runAtTerminal('user/user.ts', [command, id(), ...settings], {
        [question]: answer,
      });
      expect(refused.code).toBe(1);
      expect(refused.screen).toContain('sessions: 1, clients with tokens: 1');
      expect(refused.screen).toContain('Nothing was done.');
      expect((await person.me()).status).toBe(200);
    }
    const { code } = await runAtTerminal('user/user.ts', [command, id(), ...settings], {
      [question]: 'y',
    });
    expect(code).toBe(0);
    expect((await person.me()).status).toBe(401);
    await person.signIn();
  });
});
