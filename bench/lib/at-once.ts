/** Runs something for each of the numbers from 0 up to and without a count, so many at once. */
export async function forEachNumber(
  count: number,
  run: (number: number) => Promise<void>,
  atOnce = 8,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
