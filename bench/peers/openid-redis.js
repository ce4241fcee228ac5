/** (c) express-openid-connect with its sessions, and the tokens in them, in Redis. */
import { RedisStore } from 'connect-redis';
import express from 'express';
import openid from 'express-openid-connect';
import { answerParent, listen } from '../lib/measured.ts';
import { redis } from './redis-client.js';

const { GRAPH_ORIGIN, ENTRA_ORIGIN, TENANT_ID, CLIENT_ID, CLIENT_SECRET } = process.env;

const app = express();
app.use(
  openid.auth({
    issuerBaseURL: `${ENTRA_ORIGIN}/${TENANT_ID}/v2.0`,
    baseURL: 'http://localhost:3000',
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    clientAuthMethod: 'client_secret_post',
    secret: 'a secret of the benchmark, long enough',
    authRequired: true,
    errorOnRequiredAuth: true,
    authorizationParams: {
      response_type: 'code',
      response_mode: 'query',
      scope: 'openid profile email offline_access User.Read',
    },
    session: { store: new RedisStore({ client: redis, prefix: 'openid:' }) },
  }),
);

app.get('/me', async (request, response) => {
  let token = request.oidc.accessToken;
  if (token.isExpired()) token = await token.refresh();
  const headers = { accept: 'application/json', authorization: `Bearer ${token.access_token}` };
  const answer = await fetch(`${GRAPH_ORIGIN}/v1.0/me`, { headers });
  response.status(answer.status).json(await answer.json());
});

answerParent({}, await listen(app));
