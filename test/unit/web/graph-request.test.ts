import { describe, expect, it } from 'vitest';
import {
  graphPath,
  pathOfLink,
  placeholdersOf,
  suggestedQuery,
} from '../../../src/web/graph-request.ts';

describe('what the explorer asks', () => {
  it('has an id for each placeholder, encoded', () => {
    const template = '/me/mailFolders/{folder}/messages/{id}';
    expect(placeholdersOf(template)).toEqual(['folder', 'id']);
    expect(graphPath(template, ['a/b', '../c?d'], '')).toBe(
      '/graph/me/mailFolders/a%2Fb/messages/..%2Fc%3Fd',
    );
  });

  it('has the query options, encoded', () => {
    const path = graphPath('/me/messages', [], '$top=5&$search="a b"');
    expect([...new URL(path, 'https://app.example').searchParams]).toEqual([
      ['$top', '5'],
      ['$search', '"a b"'],
    ]);
  });

  it('begins with the week to come for a calendar view', () => {
    const route = { method: 'GET', template: '/me/calendarView', scopes: [] };
    expect(suggestedQuery(route, Date.UTC(2026, 2, 14))).toBe(
      'startDateTime=2026-03-14T00:00:00Z&endDateTime=2026-03-21T00:00:00Z',
    );
  });
});

describe('a link to the next page', () => {
  const origin = 'https://app.example';

  it('is followed where it leads through this app', () => {
    const link = `${origin}/graph/me/messages?$skip=5`;
    expect(pathOfLink(link, origin)).toBe('/graph/me/messages?$skip=5');
  });

  it.each([
    'https://graph.microsoft.com/v1.0/me/messages',
    'https://app.example.evil.example/graph/me',
    `${origin}/logout`,
    `${origin}/graph/../logout`,
    'javascript:alert(1)',
    undefined,
    5,
  ])('is not where it is %s', (link) => {
    expect(pathOfLink(link, origin)).toBeUndefined();
  });
});
