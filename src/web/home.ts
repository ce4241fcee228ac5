import { Problem, readSession, type Session, serverNow } from './api.ts';
import { dataCard } from './data-card.ts';
import { announce, byId, element } from './dom.ts';
import { explorerCard } from './explorer-card.ts';
import type { GraphRoute } from './graph-request.ts';
import { permissionsCard } from './permissions-card.ts';
import { problemView } from './problem-view.ts';
import { profileCard } from './profile-card.ts';
import { heldScopes } from './scopes.ts';
import { sessionsCard } from './sessions-card.ts';
import { product, signedOut } from './strings.ts';
import { tokenCard } from './token-card.ts';
import { type Watch, watch } from './watch.ts';
import { sessionWait } from './when-to-look.ts';

/** What the server writes into the page of somebody who is signed in. */
export interface HomeData {
  /** `GRAPH_SCOPES` */
  scopes: readonly string[];
  /** `GRAPH_ROUTES` */
  routes: readonly GraphRoute[];
}

/** Builds the view of who is signed in, and keeps it true. */
export function home(root: HTMLElement, { scopes, routes }: HomeData): void {
  const token = tokenCard();
  const permissions = permissionsCard(scopes);
  const trouble = element('div');
  let held: readonly string[] = [];
  let isBuilt = false;

  const looking: Watch = watch({
    async look() {
      const session = await readSession();
      trouble.replaceChildren();
      held = heldScopes(scopes, session.scopes);
      if (!isBuilt) build(session);
      isBuilt = true;
      token.show(session, held);
      permissions.show(session);
      const { nextRefreshAt } = session;
      return sessionWait(nextRefreshAt ? Date.parse(nextRefreshAt) : undefined, serverNow());
    },
    failed(error) {
      if (failed(error)) return false;
      trouble.replaceChildren(problemView(error, { again: () => void looking.look() }));
      if (!isBuilt) root.replaceChildren(trouble);
      return true;
    },
    rests: token.rests,
  });

  /** @returns true if the session is over, and the page has said so. */
  function failed(error: unknown): boolean {
    const isOver = error instanceof Problem && error.details.code === 'unauthenticated';
    if (isOver) leave(signedOut.over);
    return isOver;
  }

  function leave(notice: string): void {
    looking.stop();
    token.stop();
    root.replaceChildren();
    showSignedOut(notice);
  }

  function build(session: Session): void {
    const hasPhoto = routes.some(
      ({ method, template }) => method === 'GET' && template === '/me/photo/$value',
    );
    root.replaceChildren(
      element('h1', { class: 'unseen' }, product),
      trouble,
      profileCard({ session, held, hasPhoto, failed }),
      token.root,
      permissions.root,
      sessionsCard(failed),
      explorerCard({ routes, scopes, held: () => held, failed }),
      dataCard(() => leave(signedOut.deleted), failed),
    );
  }

  void looking.look();
}

/** The part of the page that the server has written for who is not signed in. */
function showSignedOut(text: string): void {
  const notice = byId('notice');
  notice.textContent = text;
  notice.hidden = false;
  byId('signed-out').hidden = false;
  byId('signed-out-title').focus();
  announce(text);
}
