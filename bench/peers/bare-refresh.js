/** (d) A bare loop: POSTs of refresh tokens, and the JSON that comes, kept in an array. */
import { Agent, request } from 'node:http';
import { answerParent } from '../lib/measured.ts';
import { runAtOnce } from '../refresh/work.ts';

const { ENTRA_ORIGIN, TENANT_ID, CLIENT_ID, CLIENT_SECRET } = process.env;
const url = `${ENTRA_ORIGIN}/${TENANT_ID}/oauth2/v2.0/token`;
const agent = new Agent({ keepAlive: true });
const tokens = [];

async function redeem(form) {
  const credential = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
  return JSON.parse(await post(new URLSearchParams({ ...form, ...credential }).toString()));
}

function post(body) {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => resolve(text)).once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}

async function refresh(user) {
  const before = tokens[user];
  const form = { grant_type: 'refresh_token', refresh_token: before.refresh_token };
  tokens[user] = await redeem({ ...form, scope: 'User.Read openid profile offline_access' });
  return tokens[user].access_token !== before.access_token;
}

answerParent({
  signIn: async (codes) => {
    for (const code of codes) tokens.push(await redeem({ grant_type: 'authorization_code', code }));
  },
  refresh: ({ of: users, inFlight }) => runAtOnce(users, inFlight, refresh),
});
