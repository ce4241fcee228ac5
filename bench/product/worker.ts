/** The product's queue function: refreshes users as their messages come. */
import type { DueMark } from '../../src/lib/auth/ports.ts';
import { answerParent } from '../lib/measured.ts';
import { runAtOnce, type Work } from '../refresh/work.ts';
import { invocation, loadFunctions } from './app.ts';

const worker = loadFunctions().get('refresh-worker');
if (!worker) throw new Error('the bundle has no refresh-worker');

const refreshed = '"outcome":"refreshed"';

/** A message as the host hands it over, and whether its user was refreshed: the log says so. */
async function refresh(mark: DueMark): Promise<boolean> {
  let isRefreshed = false;
  const info = (line: string) => {
    isRefreshed ||= line.includes(refreshed);
  };
  const message = { ...mark, dueAt: new Date(mark.dueAt).toISOString() };
  await worker?.callback(message, { ...invocation, warn: console.error, info });
  return isRefreshed;
}

answerParent({
  refresh: (work) => {
    const { of: marks, inFlight } = work as Work<DueMark>;
    return runAtOnce(marks, inFlight, refresh);
  },
});
