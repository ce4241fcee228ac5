import { describe, expect, it } from 'vitest';
import { minutes, seconds, startTime } from '../../../support/clock.ts';
import { createStuckMarks, type Trouble } from '../../../support/stuck-marks.ts';

const troubles: [string, Trouble][] = [
  ['whose tenant’s app is refused', 'operator'],
  ['whose rows are of a newer schema', 'newer_schema'],
  ['whose data key can’t be used', 'key'],
];

describe.each(troubles)('a thousand users in front %s', (_, trouble) => {
  it('keep none of those behind from refresh before their tokens expire', async () => {
    const world = await createStuckMarks({ trouble, stuck: 1_000, healthy: 50 });
    const { clock, tokens, stuck, behind } = world;
    const rows = async () => Promise.all(stuck.map((user) => tokens.readStatus(user, 'code')));
    const before = (await rows()).map((row) => ({ ...row, version: '' }));
    clock.advance(45 * minutes);
    while (clock.now() < startTime + 60 * minutes) await world.passMinute();

    expect(await world.refreshed(behind)).toHaveLength(50);
    expect(await world.refreshed(stuck)).toEqual([]);
    // Their rows are as they were, and each still has a mark.
    expect((await rows()).map((row) => ({ ...row, version: '' }))).toEqual(before);
    expect(await world.unmarked([...stuck, ...behind])).toEqual([]);
  });
});

describe.each([
  ['app is taken again', 'operator'],
  ['data key can be used again', 'key'],
] as [string, Trouble][])('users whose %s', (_, trouble) => {
  it('are refreshed within two minutes, whenever that is', async () => {
    for (const after of [0, 20 * seconds, 40 * seconds, 59 * seconds]) {
      const world = await createStuckMarks({ trouble, stuck: 5, healthy: 0 });
      const { clock, stuck } = world;
      clock.advance(45 * minutes);
      for (let minute = 0; minute < 5; minute++) await world.passMinute();
      expect(await world.refreshed(stuck)).toEqual([]);
      clock.advance(after);
      world.endTrouble();
      clock.advance(60 * seconds - after);
      await world.passMinute();
      await world.passMinute();
      expect(await world.refreshed(stuck)).toHaveLength(5);
      // The mark that was postponed went with the record's write.
      const marks = await Promise.all(stuck.map((user) => world.tokens.rowsOf(user)));
      expect(marks.map(({ length }) => length)).toEqual([3, 3, 3, 3, 3]);
    }
  });
});
