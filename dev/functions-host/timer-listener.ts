import { Cron } from 'croner';
import type { Invoke } from './invocation.ts';
import { describeError, type Log } from './log.ts';
import type { HostedFunction } from './registrations.ts';
import type { RpcTypedData } from './rpc.ts';
import { resolveSettings, type Settings } from './settings.ts';

/** One timer function. */
export interface TimerListener {
  readonly name: string;
  /** Runs at the times of the schedule from now on. */
  start(): void;
  /** Runs now, or after the run in progress. Rejects when the function fails. */
  runNow(): Promise<void>;
  /** Starts no further run; resolves when the one in progress has ended. */
  stop(): Promise<void>;
}

interface TimerListenerOptions {
  readonly hosted: HostedFunction;
  /** Six fields, NCRONTAB, in the time zone that `WEBSITE_TIME_ZONE` or `TZ` names, else in UTC. */
  readonly schedule: string;
  readonly runOnStartup: boolean;
  readonly settings: Settings;
  readonly invoke: Invoke;
  readonly log: Log;
}

/** The times of past runs are not kept, so no run is ever "past due". @throws for a bad schedule */
export function timerListener(options: TimerListenerOptions): TimerListener {
  const { hosted, invoke, log } = options;
  const pattern = resolveSettings(options.schedule, options.settings);
  const cron = new Cron(pattern, {
    mode: '6-part',
    timezone: timeZone(options.settings),
    domAndDow: true,
    paused: true,
  });
  let last = new Date(0);
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    const data = timerData(last, cron.nextRun());
    last = new Date();
    await invoke(hosted, { data });
  }

  /** One run at a time: this one begins when the one before has ended, however that ended. */
  function enqueue(): Promise<void> {
    const before = running ?? Promise.resolve();
    const current = before.catch(() => {}).then(run);
    running = current;
    const ended = () => {
      if (running === current) running = undefined;
    };
    current.then(ended, ended);
    return current;
  }

  function runScheduled(): void {
    if (running) return;
    enqueue().then(
      () => log('information', `timer ${hosted.name} ran`),
      (error) => log('error', `${hosted.name} failed: ${describeError(error)}`),
    );
  }

  return {
    name: hosted.name,
    start: () => {
      cron.schedule(runScheduled);
      cron.resume();
      if (options.runOnStartup) runScheduled();
    },
    runNow: enqueue,
    stop: async () => {
      cron.stop();
      await running?.catch(() => {});
    },
  };
}

/** As in Azure, an unknown zone counts as UTC. */
function timeZone(settings: Settings): string {
  const name = (settings['WEBSITE_TIME_ZONE'] || settings['TZ'] || 'UTC').replace(/^:/, '');
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

function timerData(last: Date, next: Date | null): RpcTypedData {
  const json = JSON.stringify({
    Schedule: { AdjustForDST: true },
    ScheduleStatus: {
      Last: last.toISOString(),
      Next: (next ?? new Date(0)).toISOString(),
      LastUpdated: last.toISOString(),
    },
    IsPastDue: false,
  });
  return { json };
}
