import { expect, it } from 'vitest';
import { createTurns } from '../../../src/lib/msal/turns.ts';

it('of several callers each goes on after the one before, and after what has become ready since', async () => {
  const turn = createTurns();
  const order: string[] = [];
  const work = async (name: string) => {
    await turn();
    order.push(name);
    setImmediate(() => order.push(`ready by ${name}`));
  };
  await Promise.all(['a', 'b', 'c'].map(work));
  expect(order).toEqual(['a', 'ready by a', 'b', 'ready by b', 'c']);
});

it('a caller who comes alone goes on at once', async () => {
  const turn = createTurns();
  await turn();
  await turn();
});
