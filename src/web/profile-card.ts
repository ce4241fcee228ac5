import { type Profile, readProfile, type Session, signOut } from './api.ts';
import { button, card, element, facts } from './dom.ts';
import { domainOf, initialsOf } from './names.ts';
import { problemView } from './problem-view.ts';
import { profile as words } from './strings.ts';
import { wallTime } from './times.ts';

const photoPath = '/graph/me/photo/$value';

export interface ProfileCardOptions {
  session: Session;
  /** Scopes that are granted. */
  held: readonly string[];
  /** The list of Graph routes has the photo. */
  hasPhoto: boolean;
  failed: (error: unknown) => void;
}

/** Who is signed in: what the session knows at once, and what Graph knows when it has answered. */
export function profileCard(options: ProfileCardOptions): HTMLElement {
  const { session, held, hasPhoto, failed } = options;
  const { user } = session;
  const name = element('p', { id: 'user', class: 'name' }, user.name ?? user.username ?? user.id);
  const more = element('div', { class: 'stack' }, factsOf(session, {}));
  const out = button(words.signOut, () => void leave(), '');
  out.id = 'sign-out';
  const trouble = element('div');
  const root = card('profile', words.title, person(), more, trouble, element('p', {}, out));

  function person(): HTMLElement {
    const initials = element('span', { class: 'avatar', 'aria-hidden': true }, initialsOf(user));
    if (hasPhoto) {
      const photo = element('img', { src: photoPath, alt: '', width: 64, height: 64 });
      // Who has none, or may not be asked for one, stays with their initials.
      photo.addEventListener('load', () => initials.replaceChildren(photo));
      photo.addEventListener('error', () => photo.remove());
    }
    return element('div', { class: 'person' }, initials, name);
  }

  async function leave(): Promise<void> {
    out.disabled = true;
    trouble.replaceChildren();
    try {
      location.assign(await signOut(false));
    } catch (error) {
      out.disabled = false;
      trouble.replaceChildren(problemView(error, { again: () => void leave() }));
      failed(error);
    }
  }

  async function ask(): Promise<void> {
    try {
      const known = await readProfile();
      if (known.displayName) name.textContent = known.displayName;
      more.replaceChildren(factsOf(session, known));
    } catch (error) {
      failed(error);
      const again = () => void retry();
      more.append(problemView(error, { again, held }));
    }
  }

  function retry(): Promise<void> {
    more.replaceChildren(factsOf(session, {}));
    return ask();
  }

  void ask();
  return root;
}

function factsOf({ user, expiresAt }: Session, { mail, jobTitle }: Profile): HTMLElement {
  const ends = wallTime(Date.parse(expiresAt), Date.now());
  return facts([
    [words.mail, mail ?? undefined],
    [words.userName, user.username === mail ? undefined : user.username],
    [words.job, jobTitle ?? undefined],
    [words.organisation, domainOf(user.username)],
    [words.tenant, element('code', {}, user.tenantId)],
    [words.sessionEnds, element('time', { datetime: expiresAt }, ends)],
  ]);
}
