// Signs somebody in at a command line, and reads their profile and mail: node examples/device/client.mjs
// With --logout it ends the session. Where the app is: EVERGREEN_URL, default http://localhost:7071
import { parseArgs } from 'node:util';
import { createSpinner } from 'nanospinner';
import createClient from 'openapi-fetch';
import { forgetSession, readSession, saveSession } from './saved-session.mjs';

/** @import { components, paths } from '../../src/web/openapi.d.ts' */

const app = process.env.EVERGREEN_URL ?? 'http://localhost:7071';
const { logout } = parseArgs({ options: { logout: { type: 'boolean' } } }).values;

/** @param {string} session */
const bearer = (session) => ({ authorization: `Bearer ${session}` });

/**
 * The app, with types made from its /openapi.json.
 *
 * @param {string} [session]
 * @returns {import('openapi-fetch').Client<paths>}
 */
const api = (session) =>
  createClient({ baseUrl: app, ...(session && { headers: bearer(session) }) });

/**
 * @template T
 * @param {{ data?: T, error?: components['schemas']['Problem'] }} answer
 */
function assertOk({ data, error }) {
  if (error) throw new Error(`${error.title}${error.detail ? `: ${error.detail}` : ''}`);
  return /** @type {T} */ (data);
}

/** Shows a code, and waits until the user has entered it elsewhere. */
async function signIn() {
  const { handle, verificationUri, userCode } = assertOk(await api().POST('/device'));
  console.log(`Open ${verificationUri} and enter the code ${userCode}`);
  const spinner = createSpinner('Waiting for you to sign in').start();
  try {
    for (;;) {
      const poll = await api().GET('/device/{handle}', { params: { path: { handle } } });
      if (poll.data && 'session' in poll.data) return poll.data.session;
      // Still waiting, or asked too soon, or something is not available for a moment.
      const isOver = ![202, 429, 503].includes(poll.response.status);
      if (isOver) assertOk(poll);
      const wait = Number(poll.response.headers.get('retry-after'));
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  } finally {
    spinner.stop();
  }
}

/** The session of last time, if it still holds; else a new one. */
async function openSession() {
  const saved = await readSession(app);
  if (saved) {
    const answer = await api(saved).GET('/session');
    if (answer.data && answer.data.state !== 'reauth_required') return saved;
    // Anything else says nothing about the session: it is kept.
    if (answer.error && answer.error.code !== 'unauthenticated') assertOk(answer);
  }
  const session = await signIn();
  console.log(`Signed in. The session is kept in ${await saveSession(app, session)}`);
  return session;
}

async function main() {
  if (logout) {
    const session = await readSession(app);
    if (session) {
      const answer = await api(session).POST('/logout');
      if (answer.error?.code !== 'unauthenticated') assertOk(answer);
      await forgetSession();
    }
    console.log('Signed out.');
    return;
  }
  const session = await openSession();
  const me = assertOk(await api(session).GET('/me'));
  console.log(`${me.displayName} <${me.mail ?? me.userPrincipalName}>`);
  // Graph's paths have slashes, which no client made from OpenAPI can fill in.
  const url = `${app}/graph/me/messages?$select=subject&$top=5`;
  const response = await fetch(url, { headers: bearer(session) });
  /** @type {any} */
  const mail = await response.json();
  for (const { subject } of assertOk(response.ok ? { data: mail } : { error: mail }).value) {
    console.log(`  ${subject}`);
  }
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
