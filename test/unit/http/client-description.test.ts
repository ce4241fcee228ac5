import { describe, expect, it } from 'vitest';
import { describeClient } from '../../../src/lib/http/client-description.ts';

const describeBy = (headers: Record<string, string>) => describeClient((name) => headers[name]);
const addressIn = (forwarded: string) => describeBy({ 'x-forwarded-for': forwarded }).address;

describe('a client’s address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:51234', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:51234', '2001:db8::1'],
    ['::1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:51234', '192.0.2.1'],
    ['::ffff:c000:201', '::ffff:c000:201'],
  ])('in %j is %s', (forwarded, address) => {
    expect(addressIn(forwarded)).toBe(address);
  });

  it('is the last one: those before it the client may have made up', () => {
    expect(addressIn('198.51.100.9, 192.0.2.1:51234')).toBe('192.0.2.1');
    expect(addressIn('198.51.100.9,10.0.0.1,[2001:db8::1]:443')).toBe('2001:db8::1');
    expect(addressIn('192.0.2.1, unknown')).toBeUndefined();
    expect(addressIn('192.0.2.1,')).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    'unknown',
    'fe80::1%eth0',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.1:',
    '192.0.2.1:port',
    '192.0.2.1:1:2',
    '2001:db8:::1',
    '[2001:db8::1',
    '[2001:db8::1]443',
    '[evil]',
    'for=192.0.2.1',
    '<script>',
    'x'.repeat(100_000),
  ])('in %.40j is unknown', (forwarded) => {
    expect(addressIn(forwarded)).toBeUndefined();
  });

  it('is unknown without the header', () => {
    expect(describeBy({}).address).toBeUndefined();
    expect(describeBy({ 'x-real-ip': '192.0.2.1' }).address).toBeUndefined();
  });
});

describe('a client’s user agent', () => {
  const userAgentIn = (text: string) => describeBy({ 'user-agent': text }).userAgent;

  it('is what it says', () => {
    expect(userAgentIn('curl/8.5.0')).toBe('curl/8.5.0');
    expect(userAgentIn('Mozilla/5.0 (X11; Linux) ~')).toBe('Mozilla/5.0 (X11; Linux) ~');
  });

  it('is cut where it is long', () => {
    expect(userAgentIn('x'.repeat(256))).toHaveLength(256);
    expect(userAgentIn(`${'x'.repeat(256)}y`)).toBe('x'.repeat(256));
  });

  it.each(['', 'a\nb', 'a\u0000', 'a\u001b[31m', 'Gerät', 'a\u007f'])('%j is unknown', (text) => {
    expect(userAgentIn(text)).toBeUndefined();
  });

  it('is unknown without the header', () => {
    expect(describeBy({}).userAgent).toBeUndefined();
  });
});
