import { type Session, serverNow } from './api.ts';
import { announce, card, element, facts, setText } from './dom.ts';
import { signInPath } from './scopes.ts';
import { reasons, token as words } from './strings.ts';
import { countdown, fromNow, wallTime } from './times.ts';
import { type TokenTimes, tokenLife } from './token-life.ts';
import { tokenPicture } from './token-picture.ts';

export interface TokenCard {
  root: HTMLElement;
  /** @param held scopes that are granted */
  show(session: Session, held: readonly string[]): void;
  rests(isResting: boolean): void;
  stop(): void;
}

/** Who wants no motion gets a picture that stands still for so long. Milliseconds. */
const [moves, stands] = [1000, 30_000];

/** The state of the tokens, and the access token's life in a picture that moves. */
export function tokenCard(): TokenCard {
  const badge = element('span', { class: 'badge' });
  const state = element('p', { class: 'lead' });
  const figures = element('div', { class: 'figures' });
  const legend = element('div');
  const resting = element('p', { class: 'fine', hidden: true }, words.resting);
  const picture = tokenPicture();
  const way = element('p');
  const parts = [badge, state, figures, picture.root, legend, way, resting];
  const root = card('token', words.title, ...parts);
  const stillness = matchMedia('(prefers-reduced-motion: reduce)');
  let shown: Session | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick(): void {
    clearTimeout(timer);
    const times = shown && timesOf(shown);
    if (times && document.visibilityState === 'visible') {
      const now = serverNow();
      picture.draw(tokenLife(times, now));
      figures.replaceChildren(...headline(times, now));
    }
    timer = setTimeout(tick, stillness.matches ? stands : moves);
  }

  return {
    root,
    show(session, held) {
      if (shown && shown.lastRefreshedAt !== session.lastRefreshedAt)
        announce(refreshedBy(session));
      else if (shown && shown.state !== session.state) announce(words.stateWords[session.state]);
      shown = session;
      badge.dataset['state'] = session.state;
      setText(badge, words.states[session.state]);
      setText(state, words.stateWords[session.state]);
      way.replaceChildren(...wayOut(session, held));
      const times = timesOf(session);
      picture.root.classList.toggle('gone', !times);
      if (!times) figures.replaceChildren(words.noToken);
      const now = serverNow();
      if (times) picture.draw(tokenLife(times, now), inWords(times, now));
      legend.replaceChildren(legendOf(session, now));
      tick();
    },
    rests: (isResting) => {
      resting.hidden = !isResting;
    },
    stop: () => clearTimeout(timer),
  };
}

/** @returns undefined for who has to sign in again: what is left of their token is not used. */
function timesOf(session: Session): TokenTimes | undefined {
  const { lastRefreshedAt: issued, accessTokenExpiresAt: expires, nextRefreshAt } = session;
  if (session.state === 'reauth_required' || !issued || !expires) return undefined;
  const refresh = nextRefreshAt ? Date.parse(nextRefreshAt) : undefined;
  return { issued: Date.parse(issued), expires: Date.parse(expires), refresh };
}

/** How long it is to the next refresh, and to the expiry. */
function headline({ refresh, expires }: TokenTimes, now: number): HTMLElement[] {
  const figure = (left: number, after: string, over: string) =>
    left > 0
      ? element('p', {}, element('strong', {}, countdown(left)), ` ${after}`)
      : element('p', {}, element('strong', {}, over));
  return [
    ...(refresh === undefined ? [] : [figure(refresh - now, words.refreshIn, words.refreshDue)]),
    figure(expires - now, words.expiresIn, words.hasExpired),
  ];
}

function legendOf(session: Session, now: number): HTMLElement {
  const { lastRefreshedAt, nextRefreshAt, accessTokenExpiresAt, lastRefreshedBy: by } = session;
  const at = (iso: string | undefined, after = '') =>
    iso && element('time', { datetime: iso }, wallTime(Date.parse(iso), now) + after);
  const made = facts([
    [words.issued, at(lastRefreshedAt, by ? `, ${words.by[by]}` : '')],
    [words.refresh, at(nextRefreshAt) ?? words.none],
    [words.expires, timesOf(session) && at(accessTokenExpiresAt)],
    [words.reason, session.reason && (reasons[session.reason] ?? session.reason)],
  ]);
  made.classList.add('legend');
  return made;
}

function wayOut({ state, loginUrl }: Session, held: readonly string[]): HTMLElement[] {
  if (state !== 'reauth_required' || !loginUrl) return [];
  const href = signInPath(loginUrl, held);
  return [element('a', { class: 'button primary', href }, words.signInAgain)];
}

function refreshedBy({ lastRefreshedBy }: Session): string {
  return words.refreshed(lastRefreshedBy ? words.by[lastRefreshedBy] : '');
}

function inWords({ issued, refresh, expires }: TokenTimes, now: number): string {
  const next = refresh === undefined ? words.none : fromNow(refresh - now);
  const end = expires > now ? words.expires : words.expired;
  return [
    `${words.issued}: ${fromNow(issued - now)}`,
    `${words.refresh}: ${next}`,
    `${end}: ${fromNow(expires - now)}`,
  ].join('. ');
}
