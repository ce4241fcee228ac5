// Signs somebody in at a command line, and reads their profile and mail: node examples/device/client.mjs
// With --logout it ends the session. Where the app is: EVERGREEN_URL, default http://localhost:7071
import { parseArgs } from 'node:util';
import { createSpinner } from 'nanospinner';
import { forgetSession, readSession, saveSession } from './saved-session.mjs';

const app = process.env.EVERGREEN_URL ?? 'http://localhost:7071';
const { logout } = parseArgs({ options: { logout: { type: 'boolean' } } }).values;

/** Asks the app, with a session if there is one. */
async function ask(path, { session, ...init } = {}) {
  const headers = session ? { authorization: `Bearer ${session}` } : {};
  const response = await fetch(new URL(path, app), { ...init, headers });
  const body = await response.text();
  const wait = Number(response.headers.get('retry-after'));
  return { status: response.status, wait, body: body && JSON.parse(body) };
}

function assertOk({ status, body }) {
  if (status >= 400) throw new Error(`${body.title}${body.detail ? `: ${body.detail}` : ''}`);
  return body;
}

/** Shows a code, and waits until the user has entered it elsewhere. */
async function signIn() {
  const started = assertOk(await ask('/device', { method: 'POST' }));
  console.log(`Open ${started.verificationUri} and enter the code ${started.userCode}`);
  const spinner = createSpinner('Waiting for you to sign in').start();
  try {
    for (;;) {
      const poll = await ask(`/device/${started.handle}`);
      if (poll.status === 200) return poll.body.session;
      // Still waiting, or asked too soon, or something is not available for a moment.
      const isOver = ![202, 429, 503].includes(poll.status);
      if (isOver) assertOk(poll);
      await new Promise((resolve) => setTimeout(resolve, poll.wait * 1000));
    }
  } finally {
    spinner.stop();
  }
}

/** The session of last time, if it still holds; else a new one. */
async function openSession() {
  const saved = await readSession(app);
  if (saved) {
    const { status, body } = await ask('/session', { session: saved });
    if (status === 200 && body.state !== 'reauth_required') return saved;
    // Anything else says nothing about the session: it is kept.
    if (status !== 200 && status !== 401) assertOk({ status, body });
  }
  const session = await signIn();
  console.log(`Signed in. The session is kept in ${await saveSession(app, session)}`);
  return session;
}

async function main() {
  if (logout) {
    const session = await readSession(app);
    if (session) {
      const answer = await ask('/logout', { method: 'POST', session });
      if (answer.status !== 401) assertOk(answer);
      await forgetSession();
    }
    console.log('Signed out.');
    return;
  }
  const session = await openSession();
  const me = assertOk(await ask('/me', { session }));
  console.log(`${me.displayName} <${me.mail ?? me.userPrincipalName}>`);
  const mail = await ask('/graph/me/messages?$select=subject&$top=5', { session });
  for (const { subject } of assertOk(mail).value) console.log(`  ${subject}`);
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
