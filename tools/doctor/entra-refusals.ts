import type { TokenFault } from '../../src/lib/auth/tokens/token-fault.ts';

/** Why Entra gives no token, and what to do about it. */
interface Refusal {
  detail: string;
  mend: string;
}

const newSecret =
  'Make a new client secret in the app registration (Certificates & secrets) and set ENTRA_CLIENT_SECRET to it.';
const knownApp =
  'Compare ENTRA_CLIENT_ID with the Application (client) ID of the app registration, and ENTRA_TENANT_ID with its directory; in other tenants the app must have been consented to.';
const registerCertificate =
  'Upload the certificate of ENTRA_CLIENT_CERTIFICATE_PATH to the app registration (Certificates & secrets).';
const federate =
  'Add a federated credential for the managed identity to the app registration: its issuer, its principal id as subject, api://AzureADTokenExchange as audience.';

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const refusals: Readonly<Record<number, Refusal>> = {
  7000215: {
    detail: 'the client secret is not one of the app registration’s',
    mend: `Set ENTRA_CLIENT_SECRET to the secret’s value, not to its id. Nobody has the value any more? ${newSecret}`,
  },
  7000222: { detail: 'the client secret has expired', mend: newSecret },
  7000218: {
    detail: 'the registration wants a client credential',
    mend: 'Turn on “Allow public client flows” in the app registration (Authentication).',
  },
  700016: { detail: 'the tenant does not know the app', mend: knownApp },
  7000229: { detail: 'the app has no service principal in the tenant', mend: knownApp },
  7000112: {
    detail: 'the app is disabled',
    mend: 'Enable it: Enterprise applications, Properties, “Enabled for users to sign-in?”.',
  },
  700027: {
    detail: 'the certificate is not one of the app registration’s',
    mend: registerCertificate,
  },
  700024: {
    detail: 'the client assertion is not valid at this time',
    mend: 'Set the clock of this machine right.',
  },
  70021: { detail: 'the app does not trust the managed identity', mend: federate },
  700211: { detail: 'the app does not trust the issuer of the managed identity', mend: federate },
  700212: { detail: 'the app does not trust the audience of the managed identity', mend: federate },
  700213: { detail: 'the app does not trust the managed identity', mend: federate },
  90002: {
    detail: 'there is no such tenant',
    mend: 'Set ENTRA_TENANT_ID to the Directory (tenant) ID, and ENTRA_AUTHORITY_HOST to its cloud.',
  },
  900023: {
    detail: 'this names no tenant',
    mend: 'Set ENTRA_TENANT_ID to the Directory (tenant) ID.',
  },
  53003: {
    detail: 'Conditional Access blocks the app',
    mend: 'Ask an administrator of the tenant to look at the sign-in log of service principals.',
  },
  50011: {
    detail: 'the redirect URI is not registered',
    mend: 'Register the redirect URI in the app registration (Authentication, platform Web).',
  },
};

/** The first of some numbers that is known. */
export function refusalOf(errorCodes: readonly number[]): Refusal | undefined {
  return errorCodes.map((code) => refusals[code]).find((refusal) => refusal !== undefined);
}

/** What the token endpoint said: in words if its number is known, and in any case its codes. */
export function describeRefusal({ status, error, errorCodes }: TokenFault): string {
  if (status === undefined) return 'the token endpoint does not answer';
  const codes = [...errorCodes.map((code) => `AADSTS${code}`), error ?? status].join(' ');
  const known = refusalOf(errorCodes);
  return known ? `${known.detail} (${codes})` : `the token endpoint refuses (${codes})`;
}
