import { Problem, type ProblemDetails } from './api.ts';
import { button, element, setText } from './dom.ts';
import { signInPath } from './scopes.ts';
import { hints, permissions, problem as words } from './strings.ts';
import { duration } from './times.ts';

export interface WaysOut {
  /** Does again what has failed. */
  again?: () => void;
  /** Scopes that a sign-in must not take away. */
  held?: readonly string[];
}

/** A problem in words: what happened, what to do, and a button that does it where one can. */
export function problemView(error: unknown, { again, held = [] }: WaysOut = {}): HTMLElement {
  const { details, retryAfterSeconds } = toProblem(error);
  const { code, title, graphCode, requestId } = details;
  const scope = consentOf(details);
  const detail = scope ? permissions.notYet(scope) : details.detail;
  const names = [code, graphCode, requestId && words.request(requestId)].filter(Boolean);
  return element(
    'div',
    { class: 'problem', role: 'alert' },
    element('h3', {}, title || (code === 'network' ? words.network : words.title)),
    detail ? element('p', {}, detail) : undefined,
    details.loginUrl ? undefined : element('p', {}, hints[code] ?? ''),
    details.loginUrl
      ? signInLink(signInPath(details.loginUrl, held), scope)
      : again && againButton(again, retryAfterSeconds),
    element('p', { class: 'fine' }, names.join(' · ')),
  );
}

/** A mistake of the page's own is shown as one. */
export function toProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem({ status: 0, code: 'internal', title: '' });
}

/** The scopes that are to be allowed. */
function consentOf({ code, loginUrl }: ProblemDetails): string | undefined {
  if (code !== 'consent_required' || loginUrl === undefined) return undefined;
  return new URL(loginUrl, location.origin).searchParams.get('scope') ?? undefined;
}

function signInLink(href: string, scope: string | undefined): HTMLElement {
  const label = scope ? permissions.allow(scope) : words.signInAgain;
  return element('a', { class: 'button primary', href }, label);
}

/** Can't be pressed before it makes sense. */
function againButton(again: () => void, retryAfterSeconds = 0): HTMLElement {
  const made = button(words.again, again);
  const until = Date.now() + retryAfterSeconds * 1000;
  const tick = () => {
    const left = until - Date.now();
    made.disabled = left > 0;
    setText(made, left > 0 ? words.againIn(duration(left)) : words.again);
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
  return made;
}
