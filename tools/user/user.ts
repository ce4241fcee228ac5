/** Looks after users who have tokens: `npm run user`. */
import { describeProblems, parseConfig } from '../../src/lib/config/config.ts';
import { AppError } from '../../src/lib/errors.ts';
import { describeFailure } from '../doctor/failure.ts';
import { readSettings } from '../settings.ts';
import { usageProblem } from '../usage-error.ts';
import { type Arguments, help, readArguments } from './arguments.ts';
import { end } from './end.ts';
import { list } from './list.ts';
import { createOperatorCore, type OperatorCore } from './operator-core.ts';
import { show } from './show.ts';

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  if (given.command === 'help') {
    console.log(help);
    return 0;
  }
  const parsed = parseConfig(readSettings(given.options.settings).values);
  if (!parsed.ok) {
    console.error(`The settings are not in order: ${describeProblems(parsed.problems)}`);
    console.error('npm run doctor says more.');
    return 1;
  }
  return carryOut(given, createOperatorCore(parsed.config));
}

async function carryOut(
  given: Exclude<Arguments, { command: 'help' }>,
  core: OperatorCore,
): Promise<number> {
  const { options } = given;
  switch (given.command) {
    case 'list':
      await list(core, { state: given.state, json: options.json });
      return 0;
    case 'show':
      await show(core, given.user, options.json);
      return 0;
    case 'revoke':
    case 'forget':
      return (await end(core, given.command, given)) ? 0 : 1;
  }
}

const hints: Partial<Record<string, string>> = {
  not_found: 'npm run user -- list names those that there are.',
  misconfigured: 'npm run doctor says what is wrong.',
  temporarily_unavailable: 'npm run doctor says what is wrong.',
};

process.exitCode = await main().catch((error: unknown) => {
  if (error instanceof AppError) {
    console.error(describeFailure(error));
    const hint = hints[error.code];
    if (hint) console.error(hint);
    return error.code === 'invalid_request' ? 2 : 1;
  }
  const problem = usageProblem(error);
  console.error(problem ?? describeFailure(error));
  if (problem === undefined) return 1;
  console.error('npm run user -- --help says how it is called.');
  return 2;
});
