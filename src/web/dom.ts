/** Makes elements by the DOM's own functions: no text ever becomes markup. */

export type Child = Node | string | undefined;
type Listener = (event: Event) => void;
type Attributes = Readonly<Record<string, string | number | boolean | Listener | undefined>>;

/** @param attributes a function listens to the event of that name; `true` is an empty value, or that word in `aria-`. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  return fill(document.createElement(name), attributes, children);
}

/** The same for a picture. */
export function shape<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill<T extends Element>(made: T, attributes: Attributes, children: Child[]): T {
  setAttributes(made, attributes);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function setAttributes(made: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === undefined || value === false) made.removeAttribute(name);
    else made.setAttribute(name, value === true && !isAria(name) ? '' : String(value));
  }
}

/** Those have words for values: an empty `aria-hidden` hides nothing. @see WAI-ARIA 1.2 section 6.2.4 */
const isAria = (name: string) => name.startsWith('aria-');

/** Sets a text if it is another one, so that a screen reader isn't told again. */
export function setText(made: Element, text: string): void {
  if (made.textContent !== text) made.textContent = text;
}

/** @throws Error if the server has left it out. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** Tells screen readers what has happened. */
export function announce(text: string): void {
  byId('announcer').textContent = text;
}

/** A card with a heading, and what is to be in it. */
export function card(id: string, title: string, ...children: Child[]): HTMLElement {
  return element(
    'section',
    { id, class: 'card', 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title`, tabindex: -1 }, title),
    ...children,
  );
}

/** Terms and what they stand for. Those without a value are left out. */
export function facts(entries: readonly (readonly [string, Child])[]): HTMLElement {
  const pairs = entries.filter(([, value]) => value !== undefined && value !== '');
  return element(
    'dl',
    { class: 'facts' },
    ...pairs.map(([term, value]) =>
      element('div', {}, element('dt', {}, term), element('dd', {}, value)),
    ),
  );
}

export function button(label: string, click: Listener, kind = ''): HTMLButtonElement {
  return element('button', { type: 'button', class: `button ${kind}`.trim(), click }, label);
}
