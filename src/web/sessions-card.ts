import { endSession, readSessions, type SessionSummary, signOut } from './api.ts';
import { announce, button, card, element } from './dom.ts';
import { clientName } from './names.ts';
import { problemView } from './problem-view.ts';
import { sessions as words } from './strings.ts';
import { wallTime } from './times.ts';

/** The user's sessions, each with a way to end it, and a way to end them all. */
export function sessionsCard(failed: (error: unknown) => void): HTMLElement {
  const list = element('ul', { class: 'rows' });
  const trouble = element('div');
  const everywhere = button(words.everywhere, () => void leave());
  const foot = element('p', { class: 'foot' }, everywhere, ` ${words.everywhereWhat}`);
  const root = card('sessions', words.title, trouble, list, foot);

  /** Does something, and shows what is in its way. */
  async function tried(what: () => Promise<void>): Promise<void> {
    trouble.replaceChildren();
    try {
      await what();
    } catch (error) {
      failed(error);
      trouble.replaceChildren(problemView(error, { again: () => void tried(what) }));
    }
  }

  const leave = () => tried(async () => location.assign(await signOut(true)));

  async function show(): Promise<void> {
    const all = await readSessions();
    list.replaceChildren(...all.map(row));
  }

  const end = ({ id }: SessionSummary) =>
    tried(async () => {
      await endSession(id);
      await show();
      announce(words.ended);
      root.querySelector('h2')?.focus();
    });

  function row(session: SessionSummary): HTMLElement {
    const { kind, current, client, createdAt, lastSeenAt } = session;
    const now = Date.now();
    const name = clientName(client.userAgent) ?? words.unknownClient;
    const created = wallTime(Date.parse(createdAt), now);
    const ending = button(words.end, () => void end(session));
    ending.setAttribute('aria-label', words.endOf(name, created));
    return element(
      'li',
      {},
      element(
        'div',
        {},
        element('strong', {}, name),
        ' ',
        element('span', { class: 'chip' }, current ? words.current : words.kinds[kind]),
        element(
          'p',
          { class: 'fine' },
          [client.address, words.times(created, wallTime(Date.parse(lastSeenAt), now))]
            .filter(Boolean)
            .join(' · '),
        ),
      ),
      current ? undefined : ending,
    );
  }

  void tried(show);
  return root;
}
