import type { InvocationContext } from '@azure/functions';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { describeError, inInvocation, log, outsideInvocation } from '../../../src/lib/host/log.ts';

const secret = 'eyJhbGciOiJSUzI1NiJ9';

function textOf(error: unknown): string {
  return JSON.stringify(describeError(error));
}

describe('what a log says of an error', () => {
  it('is its name and where it was thrown', () => {
    const [described] = describeError(new RangeError(secret));
    expect(described?.['name']).toBe('RangeError');
    expect(described?.['at']).toEqual(
      expect.arrayContaining([expect.stringContaining('log.test.ts')]),
    );
  });

  it.each([
    ['an error', new Error(secret)],
    ['an error over several lines', new Error(`first\n${secret}\n    at the end ${secret}`)],
    ['a cause', new AppError('internal', {}, new Error(secret))],
    ['a cause of a cause', new Error('x', { cause: new Error('y', { cause: new Error(secret) }) })],
    ['an error with properties', Object.assign(new Error('x'), { body: secret, headers: secret })],
    ['several errors', new AggregateError([new Error(secret)], secret)],
    ['a text', secret],
    ['an object', { message: secret }],
  ])('never quotes %s', (_name, error) => {
    expect(textOf(error)).not.toContain(secret);
  });

  it('quotes our own errors, whose text holds no secret', () => {
    expect(textOf(new AppError('misconfigured', { detail: 'Set it.' }))).toContain('Set it.');
  });

  it('tells codes and statuses of foreign errors', () => {
    const error = Object.assign(new Error('x'), { code: 'ECONNRESET', statusCode: 404 });
    expect(describeError(error)).toMatchObject([{ code: 'ECONNRESET', statusCode: 404 }]);
  });

  it('ends, even for a cause that is its own', () => {
    const error = new Error('x');
    error.cause = error;
    expect(describeError(error).length).toBeLessThanOrEqual(8);
  });
});

describe('a log line', () => {
  const toConsole = vi.spyOn(console, 'warn').mockImplementation(() => {});

  beforeEach(() => toConsole.mockClear());
  afterAll(() => toConsole.mockRestore());

  function invocation() {
    const warn = vi.fn();
    const context = { warn } as Partial<InvocationContext> as InvocationContext;
    return { context, requestId: 'request-1', warn };
  }

  it('belongs to the invocation under way, unless what logs is the process’s', async () => {
    const { warn, ...started } = invocation();
    await inInvocation(started, async () => {
      log.warn('within');
      outsideInvocation(() => log.warn('beyond'));
    });
    expect(warn.mock.calls).toEqual([['{"event":"within","requestId":"request-1"}']]);
    expect(toConsole.mock.calls).toEqual([['{"event":"beyond"}']]);
  });

  it.each([
    ['returns', () => Promise.resolve()],
    ['throws', () => Promise.reject(new Error('x'))],
  ])('of work that goes on after the invocation %s is the console’s', async (_name, end) => {
    const { warn, ...started } = invocation();
    const ended = Promise.withResolvers<void>();
    let goingOn: Promise<void> | undefined;
    const run = inInvocation(started, () => {
      goingOn = ended.promise.then(() => log.warn('late'));
      return end();
    });
    await run.catch(() => {});
    ended.resolve();
    await goingOn;
    expect(warn).not.toHaveBeenCalled();
    expect(toConsole.mock.calls).toEqual([['{"event":"late","requestId":"request-1"}']]);
  });

  it('of what is put off to after the answer is the console’s', async () => {
    const { warn, ...started } = invocation();
    const putOff = Promise.withResolvers<void>();
    await inInvocation(started, async () => {
      setImmediate(() => {
        log.warn('catch-up');
        putOff.resolve();
      });
    });
    await putOff.promise;
    expect(warn).not.toHaveBeenCalled();
    expect(toConsole.mock.calls).toEqual([['{"event":"catch-up","requestId":"request-1"}']]);
  });
});
