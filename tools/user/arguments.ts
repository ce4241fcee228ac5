import { parseArgs } from 'node:util';
import { settingsHelp } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

export const help = `npm run user -- COMMAND [--json] [--settings FILE]

Looks after the users who have tokens in the app's storage, as somebody who holds its settings.
USER is OID.TID: the user's object id, a dot, and the id of their tenant. No secret is printed.

  list [--state active|reauth_required]
                   everybody who has tokens, with the state of these: read partition by partition,
                   with --json one object a line
  show USER        the state of their tokens, and their sessions
  revoke USER      signs them out everywhere: sessions end at once, and their tokens are deleted, or,
                   where RETAIN_WITHOUT_SESSION_DAYS keeps them, are of no use until the next sign-in
  forget USER      deletes all that is kept of them, as DELETE /me/data does

  --yes            asks no question; without a terminal, revoke and forget need it
  --json           JSON in place of text
${settingsHelp}
  --help           this

revoke and forget write an audit line to standard error. Exit code: 0; 1 if it could not be done, also
for a user who has nothing here; 2 if it was called wrongly.`;

const states = ['active', 'reauth_required'] as const;

export interface Options {
  json: boolean;
  yes: boolean;
  /** File of settings. */
  settings: string | undefined;
}

export type Arguments = { options: Options } & (
  | { command: 'help' }
  | { command: 'list'; state: (typeof states)[number] | undefined }
  | { command: 'show' | 'revoke' | 'forget'; user: string }
);

/** @throws UsageError, or Node's own, for what is no call of this program. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      state: { type: 'string' },
      settings: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { json, yes, settings, help: asksHelp } = values;
  const options = { json, yes, settings };
  const [command, user, ...rest] = positionals;
  if (asksHelp) return { command: 'help', options };
  if (rest.length > 0) throw new UsageError(`there is one argument too many: ${rest[0]}`);
  switch (command) {
    case 'list':
      if (user !== undefined) throw new UsageError('list takes no user: did you mean show?');
      return { command, options, state: stateOf(values.state) };
    case 'show':
    case 'revoke':
    case 'forget':
      if (user === undefined) throw new UsageError(`${command} whom? Name the user: OID.TID`);
      if (values.state !== undefined) throw new UsageError('--state is for list');
      return { command, options, user };
    default:
      throw new UsageError(
        command === undefined ? 'which command?' : `no such command: ${command}`,
      );
  }
}

function stateOf(text: string | undefined): (typeof states)[number] | undefined {
  const state = states.find((each) => each === text);
  if (text === undefined || state !== undefined) return state;
  throw new UsageError(`--state is ${states.join(' or ')}`);
}
