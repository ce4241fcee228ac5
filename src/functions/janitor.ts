import { clean } from '../lib/auth/refresh/janitor.ts';
import { registerTimer } from '../lib/host/triggers.ts';

/** Deletes what has had its time: hourly, whenever the sweep is not at its busiest. */
registerTimer('janitor', '30 17 * * * *', async (core) => {
  await clean(core);
});
