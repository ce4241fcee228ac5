import { describe, expect, it } from 'vitest';
import { reauthReasons } from '../../../src/lib/auth/tokens/token-fault.ts';
import { errorCodes } from '../../../src/lib/errors.ts';
import { jsonPieces } from '../../../src/web/json-text.ts';
import { clientName, domainOf, initialsOf } from '../../../src/web/names.ts';
import { heldScopes, notGranted, scopeName, signInPath } from '../../../src/web/scopes.ts';
import { hints, reasons } from '../../../src/web/strings.ts';

describe('names', () => {
  it.each([
    [{ name: 'Alice Example' }, 'AE'],
    [{ name: 'Carol van Øster-Müller' }, 'CM'],
    [{ name: '李 小龍' }, '李小'],
    [{ username: 'dave@evergreen.example' }, 'DE'],
    [{ name: 'Cher' }, 'C'],
    [{}, '?'],
  ])('%j has the initials %s', (person, initials) => {
    expect(initialsOf(person)).toBe(initials);
  });

  it('a guest’s organisation is the one that they are in', () => {
    expect(domainOf('gwen_partner.example#ext#@evergreen.example')).toBe('evergreen.example');
    expect(domainOf(undefined)).toBeUndefined();
  });

  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36', 'Chrome on Linux'],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0', 'Edge on Windows'],
    ['Mozilla/5.0 (iPhone; like Mac OS X) Version/17.0 Safari/604.1', 'Safari on iOS'],
    ['curl/8.5.0', 'curl'],
    ['evergreen-device/1', 'evergreen-device/1'],
  ])('%s is called %s', (userAgent, name) => {
    expect(clientName(userAgent)).toBe(name);
  });
});

describe('scopes', () => {
  it('that are granted are not asked for again, by whatever name', () => {
    const granted = ['https://graph.microsoft.com/user.read', 'Calendars.ReadWrite'];
    const allowed = ['User.Read', 'Calendars.Read', 'Mail.Read'];
    expect(notGranted(allowed, granted)).toEqual(['Mail.Read']);
    expect(heldScopes(allowed, granted)).toEqual(['User.Read', 'Calendars.Read']);
    expect(scopeName('https://graph.microsoft.com/User.Read')).toBe('User.Read');
  });

  it.each([
    ['/login?scope=Mail.Read', [], '/login?scope=Mail.Read&returnTo=%2F'],
    ['https://app.example/login?scope=B+C', ['A', 'B'], '/login?scope=A+B+C&returnTo=%2F'],
    ['https://app.example/login', ['A'], '/login?scope=A&returnTo=%2F'],
    ['https://app.example/login?claims=e30', [], '/login?claims=e30&returnTo=%2F'],
  ])('are asked for by a sign-in that comes back: %s, with %j held', (loginUrl, held, path) => {
    expect(signInPath(loginUrl, held)).toBe(path);
  });
});

describe('JSON in pieces', () => {
  it('is the same text, and knows names from texts', () => {
    const json = JSON.stringify({ 'a"b': ['c: "d"', -1.5e3, true, null] }, undefined, 2);
    const pieces = jsonPieces(json);
    expect(pieces.map(({ text }) => text).join('')).toBe(json);
    const named = pieces.filter(({ kind }) => kind !== 'plain');
    expect(named.map(({ kind }) => kind)).toEqual(['name', 'text', ...['value', 'value', 'value']]);
  });
});

describe('problems', () => {
  // What is answered to programs alone, or to what a page never asks.
  const elsewhere = ['method_not_allowed', 'user_action_required', 'gone'];

  it('of every code say what to do', () => {
    const codes = errorCodes.filter((code) => !elsewhere.includes(code));
    expect(Object.keys(hints).sort()).toEqual([...codes, 'network'].sort());
  });

  it('say why a sign-in has ended, whatever the reason', () => {
    expect(Object.keys(reasons)).toEqual(expect.arrayContaining([...reauthReasons]));
  });
});
