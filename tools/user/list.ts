import { type ListedTokens, listUsers } from '../../src/lib/auth/operator/list-users.ts';
import type { UnreadableReason } from '../../src/lib/auth/ports.ts';
import { readOwner } from '../../src/lib/msal/cache-contents.ts';
import { startProgress } from '../progress.ts';
import type { OperatorCore } from './operator-core.ts';

const whyUnreadable: Record<UnreadableReason | 'owner', string> = {
  sealed: 'was not sealed for this row',
  key: 'the key that sealed it can’t be used: see npm run doctor',
  newer_schema: 'a newer version of the app wrote it',
  owner: 'what is in it is somebody else’s',
};

/** Prints everybody who has tokens, as they are found. What can't be read is counted and told, in any state. */
export async function list(
  core: OperatorCore,
  { state, json }: { state: string | undefined; json: boolean },
): Promise<void> {
  const progress = startProgress();
  let [seen, shown, unreadable] = [0, 0, 0];
  try {
    for await (const page of listUsers(core, readOwner)) {
      for (const tokens of page) {
        if ('unreadable' in tokens) unreadable += 1;
        else if (state !== undefined && tokens.state !== state) continue;
        else shown += 1;
        progress.line(json ? JSON.stringify(tokens) : describe(tokens));
      }
      seen += page.length;
      progress.show(`${seen} looked at`);
    }
  } finally {
    progress.end();
  }
  if (!json) console.log(`${shown} of ${seen}`);
  if (unreadable > 0) console.error(`${unreadable} can’t be read`);
}

function describe(tokens: ListedTokens): string {
  const flow = tokens.flow.padEnd(6);
  if ('unreadable' in tokens) {
    return `${tokens.logName} in the log  ${flow}  can’t be read: ${whyUnreadable[tokens.unreadable]}`;
  }
  const { user, state, reason, lastSeenAt, dueAt } = tokens;
  const isActive = state === 'active';
  const words = [user, flow, reason ? `${state} (${reason})` : state.padEnd(6)];
  return [...words, `seen ${lastSeenAt}`, ...(isActive ? [`due ${dueAt}`] : [])].join('  ');
}
