import { sweep } from '../lib/auth/refresh/sweep.ts';
import { readEnvironment, refreshSchedule } from '../lib/config/config.ts';
import { registerTimer } from '../lib/host/triggers.ts';

/** Hands the users that are due to the workers. */
registerTimer('refresh-sweep', refreshSchedule(readEnvironment()), async (core) => {
  await sweep(core);
});
