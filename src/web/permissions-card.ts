import type { Session } from './api.ts';
import { card, element } from './dom.ts';
import { heldScopes, notGranted, scopeName, signInPath } from './scopes.ts';
import { permissions as words } from './strings.ts';

export interface PermissionsCard {
  root: HTMLElement;
  show(session: Session): void;
}

/** Scopes that are granted, and a button for each that is not yet. @param allowed `GRAPH_SCOPES` */
export function permissionsCard(allowed: readonly string[]): PermissionsCard {
  const content = element('div', { class: 'stack' });
  let shown = '';
  return {
    root: card('permissions', words.title, content),
    show({ scopes }) {
      // Drawn anew only when something has changed: a button may have the focus.
      if (shown === scopes.join(' ')) return;
      shown = scopes.join(' ');
      const missing = notGranted(allowed, scopes);
      content.replaceChildren(
        element('h3', {}, words.granted),
        list(scopes.map(scopeName).map((scope) => element('code', { class: 'chip' }, scope))),
        element('h3', {}, missing.length > 0 ? words.missing : words.all),
        list(missing.map((scope) => consentButton(scope, heldScopes(allowed, scopes)))),
      );
    },
  };
}

function consentButton(scope: string, held: readonly string[]): HTMLElement {
  const href = signInPath(`/login?${new URLSearchParams({ scope })}`, held);
  return element('a', { class: 'button', href }, words.allow(scope));
}

function list(items: readonly HTMLElement[]): HTMLElement {
  return element('ul', { class: 'row' }, ...items.map((item) => element('li', {}, item)));
}
