import { createSweepTimes } from '../../../src/lib/config/sweep-times.ts';
import { createHeartbeatStore } from '../../../src/lib/storage/heartbeat-store.ts';
import { createTable } from '../../../src/lib/storage/table.ts';
import { type Check, failed, ok, warning } from '../check.ts';

const mend =
  'See that the app runs and its function refresh-sweep is enabled, that AzureWebJobsStorage, where the host keeps the timer’s lock, is in order, and restart the app.';

/** Whether tokens are looked at on time. */
export const timer: Check = {
  name: 'timer',
  needs: ['tables'],
  mend,
  async run({ config, now }) {
    const { schedule, timeZone } = config.refresh;
    const time = now();
    const { sweep } = await createHeartbeatStore(createTable('heartbeats', config.storage)).read(
      time,
    );
    if (!sweep) return warning('refresh-sweep has never run', mend);
    const when = timeZone === 'UTC' ? schedule : `${schedule}, ${timeZone}`;
    const detail = `refresh-sweep last ran at ${new Date(sweep.at).toISOString()}`;
    return sweep.at < createSweepTimes({ schedule, timeZone }, time).staleBefore(time)
      ? failed(`${detail}, and is late for its schedule (${when})`, mend)
      : ok(detail);
  },
};
