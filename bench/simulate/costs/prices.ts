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
  /** Microsoft's price page. */
  source: v.pipe(v.string(), v.url()),
  /** Where the price was read, and the day it was recorded there; null: it is only remembered. */
  lookedUp: v.nullable(
    v.object({
      at: v.pipe(v.string(), v.url()),
      on: v.pipe(v.string(), v.isoDate()),
      /** The Azure region whose price it is. */
      region: v.string(),
    }),
  ),
});

const names = [
  ...['onDemandExecutions', 'onDemandGigabyteSeconds'],
  ...['readyExecutions', 'readyGigabyteSeconds', 'readyBaselineGigabyteSeconds'],
  ...['tableRequests', 'tableGigabytesLrs', 'tableGigabytesGzrs'],
  ...['queueClass1Lrs', 'queueClass1Gzrs', 'queueClass2'],
  ...['blobWritesLrs', 'blobWritesGzrs', 'blobOthers', 'geoReplicatedGigabytes'],
  ...['keyVaultOperations', 'keyRotations'],
  ...['logGigabytes', 'logRetainedGigabytes'],
  ...['logAlertsEach5Minutes', 'metricAlertSeries', 'availabilityTests'],
  ...['privateEndpointHours', 'privateEndpointGigabytes', 'dnsZones', 'dnsQueries'],
  'sentGigabytes',
] as const;

export type Priced = (typeof names)[number];

/** A quantity a month that has a price. */
export interface Charge {
  item: string;
  priced: Priced;
  quantity: number;
}

const file = v.object({
  note: v.string(),
  currency: v.string(),
  prices: v.object(
    Object.fromEntries(names.map((name) => [name, price])) as Record<Priced, typeof price>,
  ),
});

export type PriceFile = v.InferOutput<typeof file>;
export type Price = PriceFile['prices'][Priced];

/** List prices, most of them looked up in public records. */
export const listPrices = new URL('prices.json', import.meta.url);

/** @throws Error that says what is wrong with the file. */
export function readPrices(path: string | URL): PriceFile {
  const parsed = v.safeParse(file, JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(`The price file ${path} is not right.\n${problems.join('\n')}`);
}

/** What a quantity costs in a month that uses nothing else of this price. */
export function costOf(quantity: number, { price, per, free }: Price): number {
  return (Math.max(0, quantity - free) / per) * price;
}
