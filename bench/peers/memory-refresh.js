/** (d) MSAL with its cache in memory: a client per user, since a shared one slows down with each user. */
import { answerParent } from '../lib/measured.ts';
import { runAtOnce } from '../refresh/work.ts';
import { createMsalClient, redirectUri, scopes } from './msal-client.js';

const users = [];

async function refresh(user) {
  const { client, account, accessToken } = users[user];
  const result = await client.acquireTokenSilent({ account, scopes, forceRefresh: true });
  users[user].accessToken = result.accessToken;
  return result.accessToken !== accessToken;
}

answerParent({
  signIn: async (codes) => {
    for (const code of codes) {
      const client = createMsalClient();
      const { account, accessToken } = await client.acquireTokenByCode({
        code,
        scopes,
        redirectUri,
      });
      users.push({ client, account, accessToken });
    }
  },
  refresh: ({ of: numbers, inFlight }) => runAtOnce(numbers, inFlight, refresh),
});
