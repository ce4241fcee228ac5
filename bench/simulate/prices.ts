import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const price = v.object({
  price: v.pipe(v.number(), v.minValue(0)),
  /** What the price is for, in words. */
  unit: v.string(),
  /** How many of the quantity that is. */
  per: v.pipe(v.number(), v.gtValue(0)),
  /** Quantity a month that costs nothing. */
  free: v.pipe(v.number(), v.minValue(0)),
  /** Where to check it. */
  source: v.pipe(v.string(), v.url()),
});

const file = v.object({
  note: v.string(),
  currency: v.string(),
  prices: v.object({
    executions: price,
    gigabyteSeconds: price,
    alwaysReadyGigabyteSeconds: price,
    tableTransactions: price,
    tableGigabytes: price,
    queueTransactions: price,
    keyVaultOperations: price,
    logGigabytes: price,
  }),
});

export type PriceFile = v.InferOutput<typeof file>;
export type Priced = keyof PriceFile['prices'];

/** Examples, to be checked. */
export const examplePrices = new URL('prices.json', import.meta.url);

/** @throws Error that says what is wrong with the file. */
export function readPrices(path: string | URL): PriceFile {
  const parsed = v.safeParse(file, JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(`The price file ${path} is not right.\n${problems.join('\n')}`);
}
