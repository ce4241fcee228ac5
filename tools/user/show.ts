import {
  type ShownTokens,
  type ShownUser,
  showUser,
} from '../../src/lib/auth/operator/show-user.ts';
import type { OperatorCore } from './operator-core.ts';

/** Prints what is kept of a user. */
export async function show(core: OperatorCore, user: string, json: boolean): Promise<void> {
  const shown = await showUser(core, user);
  console.log(json ? JSON.stringify(shown) : describe(shown));
}

function describe({ user, logName, tokens, sessions }: ShownUser): string {
  const lines = [`user      ${user}`, `in log    ${logName}`];
  for (const each of tokens) lines.push('', ...describeTokens(each));
  lines.push('', sessions.length === 0 ? 'no session' : 'sessions');
  for (const { id, kind, lastSeenAt, expiresAt, client } of sessions) {
    const from = [client.address, client.userAgent].filter(Boolean).join(' ');
    lines.push(`  ${id}  ${kind}  seen ${lastSeenAt}  until ${expiresAt}  ${from}`.trimEnd());
  }
  return lines.join('\n');
}

function describeTokens(tokens: ShownTokens): string[] {
  const { flow, state, reason, readable, scopes, failures } = tokens;
  return [
    `tokens    ${flow}`,
    `state     ${reason ? `${state} (${reason})` : state}${failures > 0 ? `, ${failures} refreshes have failed` : ''}`,
    ...(readable ? [] : ['          the row can’t be opened, and counts as absent']),
    `scopes    ${scopes.join(' ')}`,
    `expires   ${tokens.accessTokenExpiresAt}`,
    `refreshed ${tokens.lastRefreshedAt} by ${tokens.lastRefreshedBy}`,
    `due       ${tokens.dueAt}`,
    `seen      ${tokens.lastSeenAt}`,
  ];
}
