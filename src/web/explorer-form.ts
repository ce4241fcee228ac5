import { element } from './dom.ts';
import {
  type GraphRoute,
  graphPath,
  placeholdersOf,
  suggestedQuery,
  takesBody,
} from './graph-request.ts';
import { notGranted } from './scopes.ts';
import { explorer as words } from './strings.ts';

/** What the form asks for. */
export interface Asked {
  path: string;
  init: RequestInit;
}

export interface ExplorerForm {
  root: HTMLFormElement;
  /** While a request is under way. */
  busy(isBusy: boolean): void;
}

/**
 * A resource of the list, its ids, query and body.
 *
 * @param allowed scopes that the app may ask for
 * @param send is called with what to ask
 */
export function explorerForm(
  routes: readonly GraphRoute[],
  allowed: readonly string[],
  send: (asked: Asked) => void,
): ExplorerForm {
  const resource = element('select', { id: 'resource', change: () => choose() });
  resource.append(...routes.map(option));
  const ids = element('div', { class: 'fields wide-field' });
  const query = element('input', { id: 'query', spellcheck: 'false', autocomplete: 'off' });
  const body = element('textarea', { id: 'body', rows: 6, spellcheck: 'false' });
  const bodyField = field(words.body, body);
  bodyField.classList.add('wide-field');
  const needs = element('span', { class: 'fine' });
  const submit = element('button', { class: 'button primary' }, words.send);
  const root = element(
    'form',
    { class: 'explorer', submit: (event) => ask(event) },
    field(words.resource, resource),
    ids,
    field(words.query, query),
    bodyField,
    element('p', { class: 'row wide-field' }, submit, needs),
  );

  const chosen = (): GraphRoute | undefined => routes[resource.selectedIndex];

  function choose(): void {
    const route = chosen();
    if (!route) return;
    const inputs = placeholdersOf(route.template).map((name, at) =>
      field(name, element('input', { id: `id-${at}`, required: true, spellcheck: 'false' })),
    );
    ids.replaceChildren(...inputs);
    query.value = suggestedQuery(route, Date.now());
    bodyField.hidden = !takesBody(route);
    body.value = '';
    body.setCustomValidity('');
    const scopes = route.scopes.join(', ');
    const mayAsk = notGranted(route.scopes, allowed).length === 0;
    needs.textContent = mayAsk ? words.needs(scopes) : words.mayNotAsk(scopes);
  }

  function ask(event: Event): void {
    event.preventDefault();
    const route = chosen();
    if (!route) return;
    const values = [...ids.querySelectorAll('input')].map(({ value }) => value.trim());
    const path = graphPath(route.template, values, query.value.trim());
    const text = takesBody(route) ? body.value.trim() : '';
    body.setCustomValidity(text === '' || isJson(text) ? '' : words.badBody);
    if (!root.reportValidity()) return;
    const content = text && { body: text, headers: { 'content-type': 'application/json' } };
    send({ path, init: { method: route.method, ...(content || {}) } });
  }

  body.addEventListener('input', () => body.setCustomValidity(''));
  choose();
  return {
    root,
    busy(isBusy) {
      submit.setAttribute('aria-disabled', String(isBusy));
      submit.textContent = isBusy ? words.sending : words.send;
    },
  };
}

function option({ method, template }: GraphRoute): HTMLOptionElement {
  return element('option', {}, `${method} ${template}`);
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element('div', { class: 'field' }, element('label', { for: control.id }, label), control);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
