import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ClientCredential } from '../../../src/lib/config/config.ts';
import { loadCredential } from '../../../src/lib/msal/client-credential.ts';
import { requestAppToken } from '../app-token-request.ts';
import { type Check, failed, ok, warning } from '../check.ts';
import { describeFailure } from '../failure.ts';

const dayMs = 24 * 60 * 60_000;
const soonMs = 30 * dayMs;
const renew =
  'Make a new certificate, upload it to the app registration, and set ENTRA_CLIENT_CERTIFICATE_PATH to it.';

/** What to do where the credential itself can't be had. */
const mends: Record<ClientCredential['kind'], string> = {
  secret: 'Check ENTRA_CLIENT_SECRET.',
  certificate:
    'Put the certificate and its private key, as PEM, into one file that the app may read.',
  'managed-identity':
    'Give the app its identity (ENTRA_MANAGED_IDENTITY_CLIENT_ID names a user-assigned one). There is none outside Azure: use a certificate or a secret there.',
};

/** Whether Entra gives the app a token for its credential, and for how long it will. */
export const credential: Check = {
  name: 'credential',
  needs: ['metadata', 'clock'],
  mend: 'Look the code up at https://login.microsoftonline.com/error.',
  async run(subject) {
    const { credential: given, authority } = subject.config;
    try {
      await (await loadCredential(given, authority.host)).check();
    } catch (error) {
      return failed(describeFailure(error), mends[given.kind]);
    }
    const expiresAt = given.kind === 'certificate' ? await expiryOf(given.path) : undefined;
    const isNear = expiresAt !== undefined && expiresAt - subject.now() < soonMs;
    const expiry = expiresAt === undefined ? '' : new Date(expiresAt).toISOString().slice(0, 10);
    if (expiresAt !== undefined && expiresAt <= subject.now()) {
      return failed(`the certificate has expired on ${expiry}`, renew);
    }
    const tenant = await requestAppToken(subject);
    const detail = `tenant ${tenant} gives a token for the ${given.kind}; ${lifetime(given, expiry)}`;
    return isNear ? warning(detail, renew) : ok(detail);
  },
};

async function expiryOf(path: string): Promise<number> {
  return Date.parse(new X509Certificate(await readFile(path)).validTo);
}

function lifetime({ kind }: ClientCredential, expiry: string): string {
  switch (kind) {
    case 'certificate':
      return `it expires on ${expiry}`;
    case 'secret':
      return 'when it expires can’t be known from here: see the app registration';
    case 'managed-identity':
      return 'it does not expire';
  }
}
