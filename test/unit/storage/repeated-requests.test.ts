import { expect, it } from 'vitest';
import { logRepeated } from '../../../src/lib/storage/repeated-requests.ts';
import { createManualClock, minutes } from '../../support/clock.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

it('a request that was repeated is told of at once, and then one a minute', () => {
  const clock = createManualClock();
  const log = createRecordingLog();
  const repeated = logRepeated({ log, now: clock.now });
  const request = { table: 'tokens', method: 'POST', status: 400 };
  for (let times = 0; times < 3; times++) repeated(request);
  clock.advance(minutes);
  repeated({ ...request, status: undefined });
  clock.advance(minutes - 1);
  repeated(request);
  const event = 'storage-request-repeated';
  expect(log.lines).toMatchObject([
    { event, fields: { ...request, unsaid: 0 } },
    { event, fields: { ...request, status: undefined, unsaid: 2 } },
  ]);
});
