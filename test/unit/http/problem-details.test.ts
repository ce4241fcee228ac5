import { describe, expect, it } from 'vitest';
import { AppError, errorCodes as codes, problems } from '../../../src/lib/errors.ts';
import { problemHeaders, toProblem } from '../../../src/lib/http/problem-details.ts';

const context = { requestId: 'request-1', loginUrl: undefined };

describe('problem details', () => {
  it.each(codes)('of %s have its status, a title and nothing undefined', (code) => {
    const problem = toProblem(new AppError(code), context);
    expect(problem).toEqual({
      type: `urn:evergreen:problem:${code}`,
      title: expect.stringMatching(/\w/),
      status: problems[code].status,
      code,
      requestId: 'request-1',
    });
  });

  it('tell nothing of the cause', () => {
    const cause = new Error('a secret');
    const problem = toProblem(new AppError('internal', { detail: 'Ours.' }, cause), context);
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(problem.detail).toBe('Ours.');
  });

  it('have the login URL, the reason and Graph’s request id where there are any', () => {
    const error = new AppError('reauth_required', {
      reason: 'login_required',
      graphRequestId: 'g',
    });
    expect(toProblem(error, { ...context, loginUrl: 'https://app/login' })).toMatchObject({
      loginUrl: 'https://app/login',
      reason: 'login_required',
      graphRequestId: 'g',
    });
  });

  it('take Graph’s own status and code', () => {
    const error = new AppError('graph_error', { graph: { status: 409, code: 'nameConflict' } });
    expect(toProblem(error, context)).toMatchObject({ status: 409, graphCode: 'nameConflict' });
  });

  it('hold more members where there are any, none of which stands for one of theirs', () => {
    const members = { due: 3, lastSweepAt: null, status: 'ok', code: 'x', requestId: 'x', type: 1 };
    expect(toProblem(new AppError('temporarily_unavailable', { members }), context)).toEqual({
      due: 3,
      lastSweepAt: null,
      type: 'urn:evergreen:problem:temporarily_unavailable',
      title: expect.any(String),
      status: 503,
      code: 'temporarily_unavailable',
      requestId: 'request-1',
    });
  });
});

describe('problem headers', () => {
  it.each(codes)('of %s hold Retry-After with 429 and 503 alone', (code) => {
    const waits = [429, 503].includes(problems[code].status);
    expect(problemHeaders(new AppError(code))).toEqual(waits ? { 'retry-after': '5' } : {});
  });

  it('hold the wait that is known', () => {
    const error = new AppError('throttled', { retryAfterSeconds: 17 });
    expect(problemHeaders(error)).toEqual({ 'retry-after': '17' });
  });

  it('hold the methods that are allowed', () => {
    const error = new AppError('method_not_allowed', { allow: ['GET', 'HEAD'] });
    expect(problemHeaders(error)).toEqual({ allow: 'GET, HEAD' });
  });

  it('hold the scheme that the caller may use', () => {
    const error = new AppError('unauthenticated', { challenge: 'Bearer' });
    expect(problemHeaders(error)).toEqual({ 'www-authenticate': 'Bearer' });
    expect(toProblem(error, context)).not.toHaveProperty('challenge');
  });
});
