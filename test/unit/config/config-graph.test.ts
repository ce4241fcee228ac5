import { describe, expect, it } from 'vitest';
import { type Environment, parseConfig } from '../../../src/lib/config/config.ts';
import { catalogue } from '../../../src/lib/graph/catalogue.ts';
import { configOf, leastEnvironment } from '../../support/environment.ts';

function problemsOf(settings: Environment): string[] {
  const result = parseConfig({ ...leastEnvironment, ...settings });
  return result.ok ? [] : result.problems.map(({ key, problem }) => `${key} ${problem}`);
}

const routesOf = (entries: unknown) => ({ GRAPH_ROUTES: JSON.stringify(entries) });

describe('GRAPH_ROUTES', () => {
  it('is the built-in list unless it is set', () => {
    const { routes } = configOf().graph;
    expect(routes.map(({ method, template }) => `${method} ${template}`)).toEqual(
      catalogue.map((entry) => entry.split(' ', 2).join(' ')),
    );
  });

  it('is what it names, and nothing else', () => {
    const settings = {
      ...routesOf(['GET /me', 'GET /me/calendar Calendars.Read']),
      GRAPH_SCOPES: 'User.Read Calendars.Read',
    };
    expect(configOf(settings).graph.routes).toEqual([
      { method: 'GET', template: '/me', scopes: ['User.Read'] },
      { method: 'GET', template: '/me/calendar', scopes: ['Calendars.Read'] },
    ]);
  });

  it('may name nothing', () => {
    expect(configOf(routesOf([])).graph.routes).toEqual([]);
  });

  it.each(['GET /me', '{"GET":"/me"}', '"GET /me"', '[', 'null', '7'])(
    'must be a JSON array: %s',
    (text) => {
      expect(problemsOf({ GRAPH_ROUTES: text })).toEqual([
        'GRAPH_ROUTES must be a JSON array such as ["GET /me", "GET /me/messages Mail.Read"]',
      ]);
    },
  );

  it('has each entry that is wrong named, by number and text', () => {
    const entries = ['GET /me', 'get /me', 'GET /me/calendar', 'GET /me/x Mail!Read', 'GET /me'];
    expect(problemsOf(routesOf(entries))).toEqual([
      expect.stringMatching(/^GRAPH_ROUTES entry 2 \(get \/me\) must begin with GET, POST/),
      expect.stringMatching(/^GRAPH_ROUTES entry 3 \(GET \/me\/calendar\) must name its scopes/),
      expect.stringMatching(/^GRAPH_ROUTES entry 4 must have scopes such as Mail\.Read/),
    ]);
  });

  it.each([
    'canary',
    'canary=secret; Path=/',
    'GET https://canary.example/?code=secret Mail.Read',
    `canary /${'x'.repeat(101)}`,
    { canary: 'GET /me' },
    ['canary'],
    7,
    null,
  ])('quotes nothing that does not look like an entry: %j', (entry) => {
    const [problem, ...more] = problemsOf(routesOf([entry]));
    expect(problem).toMatch(/^GRAPH_ROUTES entry 1 must /);
    expect(problem).not.toContain('canary');
    expect(more).toEqual([]);
  });

  it('names the scopes that GRAPH_SCOPES does not allow', () => {
    const settings = {
      ...routesOf(['GET /me', 'GET /me/messages', 'GET /me/x Files.Read User.Read Mail.Read']),
      GRAPH_SCOPES: 'User.Read Calendars.Read',
    };
    expect(problemsOf(settings)).toEqual([
      'GRAPH_ROUTES entry GET /me/messages needs Mail.Read in GRAPH_SCOPES',
      'GRAPH_ROUTES entry GET /me/x needs Files.Read, Mail.Read in GRAPH_SCOPES',
    ]);
  });
});

describe('back ends', () => {
  const backEnds = [1, 2].map((n) => `${n}1111111-2222-4333-8444-555555555555`);

  it('are off without the app role', () => {
    expect(configOf().backEnds).toBeUndefined();
  });

  it('are all that have the role, or those that are named', () => {
    const role = { ENTRA_APP_ROLE: 'Tokens.Read' };
    expect(configOf(role).backEnds).toEqual({ role: 'Tokens.Read', clientIds: [] });
    const named = configOf({ ...role, ENTRA_BACKEND_CLIENT_IDS: backEnds.join(', ') });
    expect(named.backEnds).toEqual({ role: 'Tokens.Read', clientIds: backEnds });
  });

  it('are not named without the role that they need', () => {
    expect(problemsOf({ ENTRA_BACKEND_CLIENT_IDS: backEnds[0] })).toEqual([
      'ENTRA_APP_ROLE is missing: ENTRA_BACKEND_CLIENT_IDS names back ends that need it',
    ]);
  });
});
