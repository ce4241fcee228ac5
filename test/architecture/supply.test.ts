import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LicencePolicy, licenceProblems } from '../../tools/supply/licences.ts';
import { missingPackages } from '../../tools/supply/sbom.ts';
import { type FoundSecret, findSecrets, secretProblems } from '../../tools/supply/secrets.ts';
import { root } from './source-files.ts';

describe('direct dependencies', () => {
  it('are pinned', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const versions = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const [name, version] of Object.entries(versions)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('must be in the bill of materials', () => {
    const components = [
      { name: 'jose', version: '6.0.0' },
      { name: 'cookie', version: '1.0.0' },
    ];
    expect(missingPackages({ jose: '6.0.0' }, components)).toEqual([]);
    expect(missingPackages({ jose: '6.0.0', cookie: '2.0.0' }, components)).toEqual([
      expect.stringContaining('cookie 2.0.0'),
    ]);
  });
});

describe('licences', () => {
  const policy: LicencePolicy = {
    allowed: ['MIT', 'ISC'],
    allowedInDevelopment: { 'MPL-2.0': 'never deployed' },
    exceptions: {},
  };
  const problemsOf = (license?: string, dev = false) =>
    licenceProblems(
      { 'node_modules/made-up': { version: '1.0.0', dev, ...(license && { license }) } },
      policy,
    );

  it.each(['MIT', 'MIT OR GPL-3.0-only', '(MIT AND ISC)'])('%s is allowed', (license) => {
    expect(problemsOf(license)).toEqual([]);
  });

  it.each([
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    'MIT WITH Classpath-exception-2.0',
    'SEE LICENSE IN LICENSE.md',
    'UNLICENSED',
  ])('%s is not', (license) => {
    expect(problemsOf(license)).toEqual([
      expect.stringMatching(/^made-up 1\.0\.0 .*not allowed: .+ Use another package, or/),
    ]);
    expect(problemsOf(license)[0]).toContain(license);
  });

  it('must be stated', () => {
    expect(problemsOf()).toEqual([expect.stringContaining('not allowed: none')]);
  });

  it('of tools may be others', () => {
    expect(problemsOf('MPL-2.0', true)).toEqual([]);
    expect(problemsOf('MPL-2.0', false)).toHaveLength(1);
  });

  it('have exceptions for the licence that was looked at, and only while one is needed', () => {
    const exceptions = { 'made-up': { licence: 'UNLICENSED', reason: 'ours' } };
    const problemsWith = (license: string) =>
      licenceProblems(
        { 'node_modules/other/node_modules/made-up': { version: '1.0.0', license } },
        { ...policy, exceptions },
      );
    expect(problemsWith('UNLICENSED')).toEqual([]);
    expect(problemsWith('MIT')).toEqual([expect.stringContaining('needs no exception')]);
    expect(problemsWith('GPL-3.0-only')).toContainEqual(expect.stringContaining('GPL-3.0-only'));
  });
});

/** What is found in a file of this text. Secrets are made here, so that no file has one. */
async function secretsIn(text: string): Promise<FoundSecret[]> {
  const folder = await mkdtemp(join(tmpdir(), 'supply-'));
  try {
    await writeFile(join(folder, 'planted.txt'), text);
    return await findSecrets(folder, ['planted.txt']);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('secrets', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const letters = randomBytes(20).toString('hex');

  it.each([
    ['an Azure account key', `AccountKey=${randomBytes(64).toString('base64')};`],
    ['a client secret', `"CLIENT_SECRET": "abc8${'Q~'}${letters.slice(0, 34)}"`],
    ['an AWS key', `AWS_SECRET_ACCESS_KEY = ${letters}`],
    ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['a token of GitHub', `ghp_${letters.slice(0, 36)}`],
  ])('%s is found', async (_name, text) => {
    const found = await secretsIn(`first line\n${text}\n`);
    expect(found).toEqual([expect.objectContaining({ file: 'planted.txt', line: 2 })]);
    expect(secretProblems(found, [])).toEqual([
      expect.stringMatching(/^planted\.txt:2 looks like a secret/),
    ]);
  });

  it('hashes are none', async () => {
    const hash = `"integrity": "sha512-${randomBytes(64).toString('base64')}"`;
    expect(await secretsIn(hash)).toEqual([]);
  });

  it('are allowed by file and text, and only while they are there', async () => {
    const [secret] = await secretsIn(`AccountKey=${randomBytes(64).toString('base64')}`);
    const { file, sha256 } = secret ?? { file: '', sha256: '' };
    const allowed = { file, sha256, reason: 'worth nothing' };
    expect(secretProblems(secret ? [secret] : [], [allowed])).toEqual([]);
    const elsewhere = secret ? [{ ...secret, file: 'other.txt' }] : [];
    expect(secretProblems(elsewhere, [allowed])).toEqual([
      expect.stringContaining('other.txt:1'),
      expect.stringContaining('take it out'),
    ]);
  });
});
