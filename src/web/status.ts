import { readServiceLevel, type ServiceLevel, serverNow } from './api.ts';
import { announce, byId, card, element, facts, setText } from './dom.ts';
import { problemView } from './problem-view.ts';
import { outcomes } from './status-figures.ts';
import { outcomePicture, overduePicture, sweepPicture } from './status-pictures.ts';
import { status as words } from './strings.ts';
import { duration, fromNow, wallTime } from './times.ts';
import { watch } from './watch.ts';

/** The timer comes each minute. Milliseconds. */
const lookAgainMs = 30_000;

type Verdict = 'ok' | 'starting' | 'notOk' | 'unknown';

function verdictOn({ status, problems }: ServiceLevel): Verdict {
  if (problems.length > 0) return 'notOk';
  return status === 'starting' ? 'starting' : 'ok';
}

/** The operator's view of `GET /health/refresh`, and nothing that is not in it. */
export function status(root: HTMLElement): void {
  const verdict = byId('verdict');
  const asOf = element('p', { class: 'fine' });
  const problems = element('ul', { class: 'problems' });
  const cards = element('div', { class: 'cards' });
  const resting = element('p', { class: 'fine', hidden: true }, words.resting);
  root.append(problems, asOf, resting, cards);

  const looking = watch({
    async look() {
      const level = await readServiceLevel();
      const now = serverNow();
      judge(verdictOn(level));
      problems.replaceChildren(
        ...level.problems.map((name) => element('li', {}, words.problems[name])),
      );
      setText(asOf, words.asOf(wallTime(now, now)));
      cards.replaceChildren(sweepCard(level, now), countsCard(level), upkeepCard(level, now));
      return lookAgainMs;
    },
    failed(error) {
      judge('unknown');
      problems.replaceChildren();
      cards.replaceChildren(problemView(error, { again: () => void looking.look() }));
      return true;
    },
    rests: (isResting) => {
      resting.hidden = !isResting;
    },
  });

  function judge(state: Verdict): void {
    if (verdict.dataset['state'] !== state) announce(words[state]);
    verdict.dataset['state'] = state;
    setText(verdict, words[state]);
  }

  void looking.look();
}

function sweepCard(level: ServiceLevel, now: number): HTMLElement {
  const overdue = duration(level.oldestOverdueSeconds * 1000);
  return card(
    'sweep',
    words.sweep,
    sweepPicture(level, now),
    facts([
      [words.lastSweep, ago(level.lastSweepAt, now)],
      [words.lastCatchUp, ago(level.lastCatchUpAt, now)],
    ]),
    element('h3', {}, words.backlog),
    overduePicture(level),
    facts([
      [words.overdue, overdue],
      [words.due, String(level.due)],
      [words.queue, String(level.queueDepth)],
    ]),
  );
}

function countsCard(level: ServiceLevel): HTMLElement {
  const counted = outcomes.some((outcome) => level[outcome] > 0);
  const made = facts(outcomes.map((outcome) => [words.outcomes[outcome], String(level[outcome])]));
  made.classList.add('outcomes');
  return card(
    'counts',
    words.counts,
    counted ? outcomePicture(level) : element('p', {}, words.noCounts),
    made,
  );
}

function upkeepCard({ breaker, janitor }: ServiceLevel, now: number): HTMLElement {
  const light = element('span', { class: 'badge', 'data-state': breaker }, words.breakers[breaker]);
  const took = janitor && words.janitorTook(janitor.sessions, janitor.states, janitor.users);
  return card(
    'upkeep',
    words.upkeep,
    facts([
      [words.breaker, light],
      [words.janitor, janitor ? `${ago(janitor.lastRunAt, now)}: ${took}` : words.never],
    ]),
  );
}

function ago(iso: string | null, now: number): string {
  return iso === null ? words.never : fromNow(Date.parse(iso) - now);
}
