/** The product on the small host of `dev/`, as tests run it. */
import { bundlePath } from '../../build.ts';
import { startHost } from '../../dev/functions-host/host.ts';
import { answerParent } from '../lib/measured.ts';

const host = await startHost({
  bundle: bundlePath,
  port: 0,
  log: () => {},
  timers: false,
  queues: false,
});
answerParent({}, Number(new URL(host.origin).port));
