import { expect, it } from 'vitest';
import { TokenError } from '../../../src/lib/auth/tokens/token-error.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { noAnswer } from '../../../src/lib/msal/network-client.ts';
import {
  type Check,
  failed,
  ok,
  type Subject,
  skipped,
  warning,
} from '../../../tools/doctor/check.ts';
import { describeFailure } from '../../../tools/doctor/failure.ts';
import { runChecks } from '../../../tools/doctor/run-checks.ts';

const subject = {} as Subject;

function check(name: string, run: Check['run'], needs: string[] = []): Check {
  return { name, needs, run, mend: `mend ${name}` };
}

it('a check that finds no end has failed, and those that don’t need it are carried out', async () => {
  const begun: string[] = [];
  const results = await runChecks(
    [
      check('endless', () => new Promise(() => {})),
      check('next', async () => ok('')),
      check('after', async () => ok(''), ['next', 'endless']),
    ],
    subject,
    { begin: (name) => begun.push(name), longestMs: 10 },
  );
  expect(results).toEqual([
    { name: 'endless', status: 'failed', detail: 'nothing after 0.01 s', mend: 'mend endless' },
    { name: 'next', status: 'ok', detail: '' },
    { name: 'after', status: 'skipped', detail: 'because of endless' },
  ]);
  expect(begun).toEqual(['endless', 'next', 'after']);
});

it('a warning keeps nothing from being looked at, a failure and what was skipped do', async () => {
  const results = await runChecks(
    [
      check('a', async () => warning('w', 'm')),
      check('b', async () => failed('f', 'm')),
      check('c', async () => skipped('s')),
      check('after-a', async () => ok(''), ['a']),
      check('after-b', async () => ok(''), ['a', 'b']),
      check('after-c', async () => ok(''), ['c']),
    ],
    subject,
    { begin() {} },
  );
  const statuses = results.slice(3).map(({ status }) => status);
  expect(statuses).toEqual(['ok', 'skipped', 'skipped']);
});

it('what a check throws is its failure; Entra’s numbers have mends of their own', async () => {
  const fault = { ...noAnswer, status: 400, error: 'invalid_request', errorCodes: [90002] };
  const results = await runChecks(
    [
      check('a', () => Promise.reject(new TokenError(fault))),
      check('b', () => Promise.reject(new TokenError({ ...fault, errorCodes: [1] }))),
    ],
    subject,
    { begin() {} },
  );
  expect(results).toMatchObject([
    {
      detail: 'there is no such tenant (AADSTS90002 invalid_request)',
      mend: expect.stringMatching(/^Set ENTRA_TENANT_ID/),
    },
    { detail: 'the token endpoint refuses (AADSTS1 invalid_request)', mend: 'mend b' },
  ]);
});

it('of what others say only statuses and codes are shown', () => {
  const cause = Object.assign(new Error('Bearer secret'), {
    ...{ statusCode: 403, code: 'a secret in a sentence' },
    details: { odataError: { code: 'AuthorizationFailure' } },
  });
  expect(describeFailure(cause)).toBe('Error (403 AuthorizationFailure)');
  const error = new AppError('misconfigured', { detail: 'Our words.' }, cause);
  expect(describeFailure(error)).toBe('Our words. (403 AuthorizationFailure)');
  expect(describeFailure('secret')).toBe('an unknown error');
});
