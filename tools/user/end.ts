import { createInterface } from 'node:readline/promises';
import type { AuditAction } from '../../src/lib/auth/audit.ts';
import { forgetUser, revokeUser } from '../../src/lib/auth/operator/end-user.ts';
import { type ShownUser, showUser } from '../../src/lib/auth/operator/show-user.ts';
import { parseUserId } from '../../src/lib/auth/operator/user-id.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { AppError } from '../../src/lib/errors.ts';
import { UsageError } from '../usage-error.ts';
import type { Options } from './arguments.ts';
import type { OperatorCore } from './operator-core.ts';

/** What ends: its name in the audit, and how it is asked and told. */
interface Ending {
  action: AuditAction;
  question: string;
  done: string;
  run: typeof revokeUser;
}

const endings: Record<'revoke' | 'forget', Ending> = {
  revoke: {
    action: 'operator-revocation',
    question: 'Sign this user out everywhere?',
    done: 'signed out everywhere',
    run: revokeUser,
  },
  forget: {
    action: 'operator-deletion',
    question: 'Delete all that is kept of this user?',
    done: 'forgotten',
    run: forgetUser,
  },
};

/**
 * Ends a user's sessions and tokens, once it is confirmed, and leaves an audit line.
 *
 * @returns whether it was confirmed.
 * @throws UsageError where nobody can be asked.
 */
export async function end(
  core: OperatorCore,
  command: 'revoke' | 'forget',
  { user, options }: { user: string; options: Options },
): Promise<boolean> {
  const { action, question, done, run } = endings[command];
  const shown = await showUser(core, user);
  if (!options.yes && !(await isConfirmed(question, shown))) {
    console.error('Nothing was done.');
    return false;
  }
  try {
    await run(core, userHash(parseUserId(user)));
    audit(action, shown, 'ok');
  } catch (error) {
    audit(action, shown, error instanceof AppError ? error.code : 'internal');
    throw error;
  }
  const { sessions, tokens } = shown;
  const ended = { user: shown.user, sessions: sessions.length, tokens: tokens.length };
  console.log(options.json ? JSON.stringify({ command, ...ended }) : `${shown.user}: ${done}`);
  return true;
}

async function isConfirmed(question: string, { user, sessions, tokens }: ShownUser) {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError('nobody can be asked here whether that is meant: add --yes');
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const size = `sessions: ${sessions.length}, clients with tokens: ${tokens.length}`;
  const answer = await prompt.question(`${user}: ${size}. ${question} [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** As the app's own, but for the request, of which there is none. */
function audit(action: AuditAction, { logName: user }: ShownUser, outcome: string): void {
  console.error(JSON.stringify({ event: 'audit', action, user, outcome }));
}
