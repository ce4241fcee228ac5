import { describe, expect, it } from 'vitest';
import { parseRefreshMessage } from '../../../../src/lib/auth/refresh/message.ts';
import { startTime } from '../../../support/clock.ts';
import { newUser } from '../../../support/token-records.ts';

const user = newUser();
const message = { user, flow: 'code', dueAt: new Date(startTime).toISOString() };

describe('a refresh message', () => {
  it('is a due mark', () => {
    expect(parseRefreshMessage(message)).toEqual({ user, flow: 'code', dueAt: startTime });
  });

  it.each([
    ['text', 'message'],
    ['nothing', undefined],
    ['null', null],
    ['a list', [message]],
    ['another user', { ...message, user: 'ada@example.com' }],
    ['another flow', { ...message, flow: 'password' }],
    ['a time in milliseconds', { ...message, dueAt: startTime }],
    ['a time that is none', { ...message, dueAt: 'soon' }],
    ['a missing time', { user, flow: 'code' }],
  ])('of %s is none', (_name, value) => {
    expect(parseRefreshMessage(value)).toBeUndefined();
  });
});
