import { ConfidentialClientApplication } from '@azure/msal-node';

const { ENTRA_ORIGIN, ENTRA_METADATA, TENANT_ID, CLIENT_ID, CLIENT_SECRET } = process.env;
const { host } = new URL(ENTRA_ORIGIN);

/** With the authority's metadata at hand: MSAL discovers nothing, as it need not for Entra itself. */
export function createMsalClient(cachePlugin) {
  return new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      authority: `https://${host}/${TENANT_ID}`,
      knownAuthorities: [host],
      authorityMetadata: ENTRA_METADATA,
    },
    ...(cachePlugin && { cache: { cachePlugin } }),
  });
}

export const scopes = ['User.Read'];
export const redirectUri = 'http://localhost:3000/redirect';
