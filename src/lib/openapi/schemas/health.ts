import { count, list, object, orNull, ref, type Schema, time, word } from './schema.ts';

const ok = word(['ok'], 'In order.');

export const Liveness: Schema = object({ status: word(['live'], 'The process answers.') });

export const Readiness: Schema = object({
  status: word(['ready'], 'All is in order.'),
  checks: object({ config: ok, storage: ok, queue: ok, keys: ok }),
});

const figures = {
  problems: list(
    word(
      ['sweep_late', 'overdue', 'failing', 'breaker_open'],
      'The timer does not run; the workers don’t keep up; every refresh of the last minutes has failed; Entra refuses the app.',
    ),
    'What is wrong.',
  ),
  lastSweepAt: orNull(time('When the timer last looked for users that are due; null: never.')),
  lastSweepAgeSeconds: orNull(count('How long ago that is.')),
  lastCatchUpAt: orNull(time('When a request last did so, because the timer was late.')),
  oldestOverdueSeconds: count('How long the user who has waited longest is overdue.'),
  due: count('Users found due by the last sweep, in a backlog at least so many.'),
  queueDepth: count('Messages in the refresh queue.'),
  refreshed: count('Refreshes of the last hour, to within ten minutes, as the next three.'),
  failed: count('Failed, and are tried again.'),
  reauthRequired: count('Ended, because the user has to sign in again.'),
  poisoned: count('Given up for a day, because their messages failed again and again.'),
  breaker: word(['closed', 'open'], '`open`: Entra has refused the app itself.'),
  janitor: orNull({
    ...object({
      lastRunAt: time('When it last ran.'),
      sessions: count('Sessions that it deleted.'),
      states: count('Used states that it deleted.'),
      users: count('Users whose tokens it deleted.'),
    }),
    description: 'The last run of the janitor; null: it has not run.',
  }),
};

export const ServiceLevel: Schema = object({
  status: word(
    ['ok', 'starting'],
    '`starting`: for two intervals of the timer after a start, nothing is said of sweeps that are late or users who are overdue.',
  ),
  ...figures,
});

export const ServiceProblem: Schema = {
  allOf: [ref('Problem'), object({}, figures)],
  description: 'A problem, with the figures of the service level as far as they could be read.',
};
