import { describe, expect, it } from 'vitest';
import { document, markup } from '../../../src/lib/http/pages/html.ts';
import { problemPage } from '../../../src/lib/http/pages/problem-page.ts';

describe('markup', () => {
  it('escapes values, and not markup', () => {
    const value = `<script>"&'`;
    expect(markup`<p title="${value}">${markup`<b>${'ok'}</b>`}</p>`.text).toBe(
      '<p title="&#60;script&#62;&#34;&#38;&#39;"><b>ok</b></p>',
    );
  });

  it('escapes the title of a document', () => {
    expect(document('</title><script>', markup``)).not.toContain('</title><script>');
  });
});

describe('the problem page', () => {
  it('offers to sign in where that helps, and escapes the address', () => {
    const problem = {
      type: 'urn:x',
      title: 'Sign in',
      status: 401,
      code: 'unauthenticated',
      requestId: 'r',
    } as const;
    expect(problemPage(problem)).not.toContain('href="/login');
    const page = problemPage({ ...problem, loginUrl: 'https://app/login?claims="><script>' });
    expect(page).toContain('href="https://app/login?claims=&#34;');
    expect(page).not.toContain('"><script>');
  });

  it('says one thing to do: the button, or else what the code is about', () => {
    const problem = {
      type: 'urn:x',
      title: 'No',
      detail: 'Start again.',
      status: 400,
      code: 'invalid_request',
      requestId: 'r',
    } as const;
    const hint = 'Change what you ask';
    expect(problemPage(problem)).toContain(hint);
    expect(problemPage({ ...problem, loginUrl: 'https://app/login' })).not.toContain(hint);
  });
});
