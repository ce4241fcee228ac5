import { describe, expect, it } from 'vitest';
import {
  encodeRefreshMessage,
  parseRefreshMessage,
} from '../../../../src/lib/auth/refresh/message.ts';
import { startTime } from '../../../support/clock.ts';
import { newUser } from '../../../support/token-records.ts';

const user = newUser();
const message = { user, flow: 'code', dueAt: new Date(startTime).toISOString() };
const mark = { user, flow: 'code', state: 'active', dueAt: startTime } as const;

describe('a refresh message', () => {
  it('is a due mark', () => {
    expect(parseRefreshMessage(message)).toEqual(mark);
  });

  it('is read as it was sent, and holds nothing else', () => {
    const text = encodeRefreshMessage({ ...mark, flow: 'device' });
    const received: unknown = JSON.parse(Buffer.from(text, 'base64').toString());
    expect(received).toEqual({ ...message, flow: 'device' });
    expect(parseRefreshMessage(received)).toEqual({ ...mark, flow: 'device' });
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
