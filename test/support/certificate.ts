import { writeFile } from 'node:fs/promises';
import { generate } from 'selfsigned';

const dayMs = 24 * 60 * 60_000;

/** Writes a certificate and its key into a file. @param days from now until it expires. */
export async function writeCertificate(path: string, days: number): Promise<string> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Evergreen' }], {
    notBeforeDate: new Date(Date.now() - 400 * dayMs),
    notAfterDate: new Date(Date.now() + days * dayMs),
  });
  await writeFile(path, `${cert}\n${key}`, { mode: 0o600 });
  return path;
}
