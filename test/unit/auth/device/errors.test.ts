import { expect, it } from 'vitest';
import { toDeviceError } from '../../../../src/lib/auth/device/errors.ts';
import { AppError } from '../../../../src/lib/errors.ts';

it.each([
  [new AppError('reauth_required', { detail: 'x', reason: 'session_revoked', login: {} }), ''],
  [new AppError('consent_required', { detail: 'x', login: { scope: 'Mail.Read' } }), 'Mail.Read'],
])('%s is mended on the device', (error, named) => {
  const told = toDeviceError(error) as AppError;
  expect(told.code).toBe(error.code);
  expect(told.public.login).toBeUndefined();
  expect(told.public.reason).toBe(error.public.reason);
  expect(told.public.detail).toContain('POST /device');
  expect(told.public.detail).toContain(named);
  expect(told.cause).toBe(error);
});

it('another error keeps its words, and leads to no browser', () => {
  const error = new AppError('forbidden', { detail: 'Not your tenant.', login: {} });
  expect((toDeviceError(error) as AppError).public).toEqual({ detail: 'Not your tenant.' });
});

it.each([new AppError('throttled'), new RangeError('a bug')])('%s stays as it is', (error) => {
  expect(toDeviceError(error)).toBe(error);
});
