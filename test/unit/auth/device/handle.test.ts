import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  isPast,
  newDeviceHandle,
  parseDeviceHandle,
} from '../../../../src/lib/auth/device/handle.ts';
import { hours, minutes, startTime } from '../../../support/clock.ts';

const secret = 'A'.repeat(43);

describe('a handle of a device sign-in', () => {
  it('holds 256 random bits and the hour in which the codes lapse', () => {
    expect(newDeviceHandle(startTime).handle).toMatch(/^2026-03-14T09\.[\w-]{43}$/);
    expect(newDeviceHandle(startTime + 30 * minutes).handle).toMatch(/^2026-03-14T10\./);
    const handles = Array.from({ length: 1000 }, () => newDeviceHandle(startTime).handle);
    expect(new Set(handles).size).toBe(1000);
  });

  it('leads to its key, and the key not back to it', () => {
    const { handle, key } = newDeviceHandle(startTime);
    expect(parseDeviceHandle(handle)).toEqual(key);
    const [, id = ''] = handle.split('.');
    expect(key.hash).toBe(createHash('sha256').update(id).digest('hex'));
    expect(JSON.stringify(key)).not.toContain(id);
  });

  it('leads to another key when it is mutated', () => {
    const { handle, key } = newDeviceHandle(startTime);
    for (let n = 0; n < 1000; n++) {
      const [index = 0, at = 0] = randomBytes(2);
      const character = 'AZaz09-_.T'[index % 10] ?? '';
      const where = at % handle.length;
      const mutated = handle.slice(0, where) + character + handle.slice(where + 1);
      if (mutated !== handle) expect(parseDeviceHandle(mutated)).not.toEqual(key);
    }
  });

  it.each([
    '',
    'x',
    secret,
    `.${secret}`,
    '2026-03-14T09',
    '2026-03-14T09.',
    `2026-03-14.${secret}`,
    `2026-03-14T9.${secret}`,
    `2026-03-14t09.${secret}`,
    `2026-03-14T09.${secret.slice(1)}`,
    `2026-03-14T09.${secret}A`,
    `2026-03-14T09.${secret}\n`,
    ` 2026-03-14T09.${secret}`,
    `2026-03-14T09.${secret.slice(1)}=`,
    `2026-03-14T09|${secret}`,
    'x'.repeat(100_000),
  ])('%.60j is none', (text) => {
    expect(parseDeviceHandle(text)).toBeUndefined();
  });
});

describe('the hour of a handle', () => {
  it('is past when the next one has begun', () => {
    const { key } = newDeviceHandle(startTime);
    const nextHour = startTime + 30 * minutes;
    expect(isPast(key, startTime - 400 * hours)).toBe(false);
    expect(isPast(key, nextHour - 1)).toBe(false);
    expect(isPast(key, nextHour)).toBe(true);
  });
});
