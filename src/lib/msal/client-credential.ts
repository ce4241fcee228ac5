import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { NodeAuthOptions } from '@azure/msal-node';
import type { ClientCredential } from '../config.ts';
import { AppError } from '../errors.ts';

/** The part of MSAL's configuration that proves who the app is. */
export type CredentialOptions = Pick<
  NodeAuthOptions,
  'clientSecret' | 'clientAssertion' | 'clientCertificate'
>;

/**
 * Loads the credential once; what it returns is good for every later client.
 *
 * @throws AppError `misconfigured` if the certificate can't be used.
 */
export async function loadCredential(
  credential: ClientCredential,
  authorityHost: string,
): Promise<CredentialOptions> {
  switch (credential.kind) {
    case 'secret':
      return { clientSecret: credential.secret };
    case 'certificate':
      return { clientCertificate: await loadCertificate(credential.path) };
    case 'managed-identity':
      return {
        clientAssertion: await managedIdentityAssertion(credential.clientId, authorityHost),
      };
  }
}

async function loadCertificate(path: string) {
  try {
    const pem = await readFile(path, 'utf8');
    const certificate = new X509Certificate(pem);
    const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/;
    return {
      thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
      privateKey: privateKey.exec(pem)?.[0] ?? '',
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

/** @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
async function managedIdentityAssertion(clientId: string | undefined, authorityHost: string) {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const identity = clientId
    ? new ManagedIdentityCredential({ clientId })
    : new ManagedIdentityCredential();
  const scope = `${tokenExchangeAudience(authorityHost)}/.default`;
  // MSAL asks for the assertion on every call; the credential keeps it until it is about to expire.
  return async () => (await identity.getToken(scope)).token;
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
