import { describe, expect, it } from 'vitest';
import { describeProblems } from '../../src/lib/config/config.ts';
import { AppError } from '../../src/lib/errors.ts';
import { startUp } from '../../src/lib/startup.ts';
import { leastEnvironment } from '../support/environment.ts';

/** What is told of a composition that throws this. */
function told(thrown: unknown) {
  const started = startUp(leastEnvironment, () => {
    throw thrown;
  });
  return started.ok
    ? undefined
    : { text: describeProblems(started.problems), cause: started.cause };
}

describe('a start', () => {
  it('builds the app from the settings', () => {
    const started = startUp(leastEnvironment, ({ publicBaseUrl }) => publicBaseUrl);
    expect(started).toMatchObject({ ok: true, app: 'https://app.example.com' });
  });

  it('names wrong settings without building anything', () => {
    const started = startUp({ ...leastEnvironment, WEBSITE_TIME_ZONE: 'Europe/Nowhere' }, () => {
      throw new Error('it was built');
    });
    expect(started).toMatchObject({ ok: false, problems: [{ key: 'WEBSITE_TIME_ZONE' }] });
  });

  it('tells what the composition throws, in our own words if it has any', () => {
    const error = new AppError('misconfigured', { detail: 'There is no wrapping key.' });
    expect(told(error)?.text).toBe('settings can’t be used together: There is no wrapping key.');
  });

  it.each([
    ['an error', () => new URL('secret value'), 'TypeError ERR_INVALID_URL'],
    ['text', 'secret value', 'unknown error'],
    ['nothing', undefined, 'unknown error'],
    [
      'an error with a sentence for a name',
      Object.assign(new Error('x'), { name: 'secret value' }),
      'unknown error',
    ],
  ])('tells of %s that it was thrown, and quotes nothing of it', (_name, thrown, words) => {
    const cause = typeof thrown === 'function' ? thrownBy(thrown) : thrown;
    const problem = told(cause);
    expect(problem?.text).toBe(
      `settings are well-formed one by one, but the app can’t start with them (${words})`,
    );
    expect(problem?.cause).toBe(cause);
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
