import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { lintSource } from '@secretlint/core';
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend';
import type { Finding } from '../finding.ts';

/** Something that looks like a secret. Its text is left out, so that no log gets it. */
export interface FoundSecret {
  file: string;
  line: number;
  kind: string;
  /** Of the text, in hex. */
  sha256: string;
}

/** An entry of `allowed-secrets.json`: one text in one file that is worth nothing. */
export interface AllowedSecret {
  file: string;
  sha256: string;
  reason: string;
}

const run = promisify(execFile);
const allowedFile = 'tools/supply/allowed-secrets.json';
const config = {
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: recommended }],
};

/** What the preset does not know. */
const azureSecrets: Record<string, RegExp> = {
  // 64 bytes in base64; a hash in package-lock.json is as long, and has its name before it.
  'Azure account key': /(?<![A-Za-z0-9+/]|sha512-)[A-Za-z0-9+/]{86}==/g,
  'Entra client secret': /(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])/g,
};

/** Looks into every file that is committed or about to be. */
export async function checkSecrets(root: string): Promise<Finding> {
  const { stdout } = await run(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  // A file that was deleted is listed until that is committed; a link to a folder is listed too.
  const files = stdout
    .split('\0')
    .filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile());
  const allowed = JSON.parse(await readFile(join(root, allowedFile), 'utf8')) as AllowedSecret[];
  return {
    summary: `${files.length} files`,
    problems: secretProblems(await findSecrets(root, files), allowed),
  };
}

/** @param files from the folder */
export async function findSecrets(folder: string, files: string[]): Promise<FoundSecret[]> {
  const found = await Promise.all(
    files.map(async (file) => secretsIn(file, await readFile(join(folder, file), 'utf8'))),
  );
  return found.flat();
}

async function secretsIn(file: string, content: string): Promise<FoundSecret[]> {
  const source = { filePath: file, ext: extname(file), content, contentType: 'text' as const };
  const { messages } = await lintSource({ source, options: { config } });
  const known = messages.map(({ messageId, range: [start, end] }) => ({
    kind: messageId,
    start,
    text: content.slice(start, end),
  }));
  const azure = Object.entries(azureSecrets).flatMap(([kind, pattern]) =>
    [...content.matchAll(pattern)].map((match) => ({ kind, start: match.index, text: match[0] })),
  );
  return [...known, ...azure].map(({ kind, start, text }) => ({
    file,
    line: content.slice(0, start).split('\n').length,
    kind,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
}

/** Secrets that are not allowed, and permissions that nothing needs. */
export function secretProblems(found: FoundSecret[], allowed: AllowedSecret[]): string[] {
  const key = ({ file, sha256 }: FoundSecret | AllowedSecret) => `${file} ${sha256}`;
  const allowedKeys = new Set(allowed.map(key));
  const foundKeys = new Set(found.map(key));
  return [
    ...found
      .filter((secret) => !allowedKeys.has(key(secret)))
      .map(
        ({ file, line, kind, sha256 }) =>
          `${file}:${line} looks like a secret (${kind}). Revoke it and take it out, or if it is worth nothing allow it with the reason in ${allowedFile}; SHA-256 ${sha256}`,
      ),
    ...allowed
      .filter((entry) => !foundKeys.has(key(entry)))
      .map(({ file, sha256 }) => `${allowedFile}: ${file} does not hold ${sha256}: take it out`),
  ];
}
