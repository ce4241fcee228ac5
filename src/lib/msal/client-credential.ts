import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { NodeAuthOptions } from '@azure/msal-node';
import { inTime } from '../basics/in-time.ts';
import type { ClientCredential } from '../config/config.ts';
import { AppError } from '../errors.ts';

/** The part of MSAL's configuration that proves who the app is. */
export type CredentialOptions = Pick<
  NodeAuthOptions,
  'clientSecret' | 'clientAssertion' | 'clientCertificate'
>;

/** A credential that is good for every client of the process. */
export interface LoadedCredential {
  options: CredentialOptions;
  /** @throws AppError if it can't be used now. */
  check(): Promise<unknown>;
}

/** @throws AppError `misconfigured` if the certificate can't be used. */
export async function loadCredential(
  credential: ClientCredential,
  authorityHost: string,
): Promise<LoadedCredential> {
  switch (credential.kind) {
    case 'secret':
      return { options: { clientSecret: credential.secret }, check: async () => undefined };
    case 'certificate': {
      const clientCertificate = await loadCertificate(credential.path);
      return { options: { clientCertificate }, check: async () => undefined };
    }
    case 'managed-identity': {
      const clientAssertion = await managedIdentityAssertion(credential.clientId, authorityHost);
      return { options: { clientAssertion }, check: clientAssertion };
    }
  }
}

async function loadCertificate(path: string) {
  try {
    const { readFile } = await import('node:fs/promises');
    const pem = await readFile(path, 'utf8');
    const certificate = new X509Certificate(pem);
    const privateKey = createPrivateKey(pem);
    if (!certificate.checkPrivateKey(privateKey)) throw new Error('not the certificate’s key');
    return {
      thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      x5c: pem,
    };
  } catch (error) {
    throw new AppError(
      'misconfigured',
      {
        detail:
          'ENTRA_CLIENT_CERTIFICATE_PATH must name a PEM file with a certificate and its private key.',
      },
      error,
    );
  }
}

/** Milliseconds to get an assertion from the managed identity. */
const assertionDeadlineMs = 5_000;

/** @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
async function managedIdentityAssertion(clientId: string | undefined, authorityHost: string) {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const identity = clientId
    ? new ManagedIdentityCredential({ clientId })
    : new ManagedIdentityCredential();
  const scope = `${tokenExchangeAudience(authorityHost)}/.default`;
  // MSAL asks for the assertion on every call; the credential keeps it until it is about to expire.
  return async () => {
    try {
      // The identity's SDK waits without end for an endpoint that does not answer.
      const token = identity.getToken(scope);
      return (await inTime(token, assertionDeadlineMs, 'The managed identity is slow.')).token;
    } catch (error) {
      if (error instanceof AppError) throw error;
      const detail =
        'The managed identity gives no token. Check ENTRA_CREDENTIAL and ENTRA_MANAGED_IDENTITY_CLIENT_ID.';
      throw new AppError('misconfigured', { detail }, error);
    }
  };
}

function tokenExchangeAudience(authorityHost: string): string {
  switch (authorityHost) {
    case 'https://login.microsoftonline.us':
      return 'api://AzureADTokenExchangeUSGov';
    case 'https://login.partner.microsoftonline.cn':
      return 'api://AzureADTokenExchangeChina';
    default:
      return 'api://AzureADTokenExchange';
  }
}
