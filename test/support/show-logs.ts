import { afterEach } from 'vitest';
import { lastLogs } from './app.ts';

// A test that fails on another machine is only understood by what the apps have printed.
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const [index, log] of lastLogs().entries()) {
    console.error(`app ${index} of '${task.name}':\n${log.join('\n')}`);
  }
});
