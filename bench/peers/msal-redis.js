/**
 * (b) What Microsoft's samples lead to: Express, express-session and MSAL's cache in Redis through its
 * own distributed plugin, a client per request. It asks Graph through `fetch`, as the samples do, or
 * with `GRAPH_CLIENT=node:http` over connections of `node:http` that are kept.
 */
import { Agent, get } from 'node:http';
import { DistributedCachePlugin } from '@azure/msal-node';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { answerParent, listen } from '../lib/measured.ts';
import { createMsalClient, redirectUri, scopes } from './msal-client.js';
import { redis } from './redis-client.js';

const { GRAPH_ORIGIN, GRAPH_CLIENT } = process.env;

/** The plugin's Redis: what is missing is an empty cache. */
const cacheClient = {
  get: async (key) => (await redis.get(key)) ?? '',
  set: (key, value) => redis.set(key, value),
};

/** The session is read by then: it knows whose cache it is. */
function clientOf(request) {
  const partitions = {
    getKey: async () => request.session.account?.homeAccountId ?? '',
    extractKey: async (account) => account.homeAccountId,
  };
  return createMsalClient(new DistributedCachePlugin(cacheClient, partitions));
}

const app = express();
app.use(
  session({
    store: new RedisStore({ client: redis }),
    secret: 'a secret of the benchmark',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true },
  }),
);

app.get('/redirect', async (request, response) => {
  const { code } = request.query;
  const { account } = await clientOf(request).acquireTokenByCode({ code, scopes, redirectUri });
  request.session.account = account;
  response.sendStatus(204);
});

async function askThroughFetch(url, headers) {
  const answer = await fetch(url, { headers });
  return { status: answer.status, profile: await answer.json() };
}

const agent = new Agent({ keepAlive: true });

function askThroughHttp(url, headers) {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      const ended = () => resolve({ status: answer.statusCode, profile: JSON.parse(text) });
      answer.once('end', ended).once('error', reject);
    }).once('error', reject);
  });
}

const askGraph = GRAPH_CLIENT === 'node:http' ? askThroughHttp : askThroughFetch;

app.get('/me', async (request, response) => {
  const { account } = request.session;
  if (!account) return response.sendStatus(401);
  const { accessToken } = await clientOf(request).acquireTokenSilent({ account, scopes });
  const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}` };
  const { status, profile } = await askGraph(`${GRAPH_ORIGIN}/v1.0/me`, headers);
  response.status(status).json(profile);
});

answerParent({}, await listen(app));
