/** The kinds of values that settings have. Each message says how to mend the value, and never quotes it. */

import * as v from 'valibot';
import { parseAddress, withoutSlash } from '../basics/address.ts';
import { parseObject } from '../basics/json-object.ts';
import { isLoopback } from '../basics/loopback.ts';
import { parseConnectionString } from './connection-string.ts';
import { everRuns, isNcrontab } from './ncrontab.ts';

/** The parts of an OpenID provider's metadata that the app uses. */
export type OpenIdMetadata = v.InferOutput<typeof openIdMetadata>;

export function required<T extends v.GenericSchema<string, unknown>>(schema: T) {
  return v.pipe(v.string('is missing'), schema) as v.GenericSchema<string, v.InferOutput<T>>;
}

export function optional<T extends v.GenericSchema<string, unknown>>(
  schema: T,
): v.OptionalSchema<T, undefined>;
export function optional<T extends v.GenericSchema<string, unknown>>(
  schema: T,
  fallback: string,
): v.OptionalSchema<T, string>;
export function optional<T extends v.GenericSchema<string, unknown>>(schema: T, fallback?: string) {
  return v.optional(schema, fallback);
}

export function list() {
  return v.pipe(
    v.string(),
    v.transform((text) => text.split(/[\s,]+/).filter(Boolean)),
  );
}

export function scopes() {
  return v.pipe(
    list(),
    v.everyItem((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope), 'must be a list of scopes'),
    v.minLength(1, 'must name a scope'),
  );
}

export function positive(max: number) {
  return v.pipe(
    v.string(),
    v.transform(Number),
    v.check((number) => number > 0 && number <= max, `must be a number above 0, at most ${max}`),
  );
}

export function atLeastZero(max: number) {
  return v.pipe(
    v.string(),
    v.transform(Number),
    v.check((number) => number >= 0 && number <= max, `must be a number from 0 to ${max}`),
  );
}

/** The connection string of a storage account, as {@link parseConnectionString} accepts it. */
export function connectionString() {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      try {
        if (dataset.typed) parseConnectionString(dataset.value);
      } catch (error) {
        addIssue({ message: (error as Error).message });
      }
    }),
  );
}

export function key256() {
  return v.pipe(
    v.string(),
    v.check(
      (text) => isBase64Of32Bytes(text),
      'must be 32 bytes in base64: openssl rand -base64 32',
    ),
    v.transform((text): Uint8Array => Buffer.from(text, 'base64')),
  );
}

/**
 * A key in Key Vault, in its newest version or in one. Names in a vault count in any letter case, so
 * the id is in lower case.
 */
export function keyVaultKeyId() {
  return v.pipe(
    v.string(),
    v.check(isKeyVaultKeyId, 'must be https://VAULT.vault.azure.net/keys/NAME'),
    v.transform((text) => new URL(text).href.toLowerCase()),
  );
}

function isKeyVaultKeyId(text: string): boolean {
  const url = parseAddress(text);
  return (
    url?.protocol === 'https:' && /^\/keys\/[a-z\d-]{1,127}(?:\/[\da-f]{32})?$/i.test(url.pathname)
  );
}

function isBase64Of32Bytes(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text;
}

/** An origin: https, or http on loopback. */
export function origin() {
  return v.pipe(
    v.string(),
    v.check(
      (text) => parseAddress(text)?.pathname === '/',
      'must be an origin such as https://app.example.com (http only on loopback)',
    ),
    v.transform((text) => new URL(text).origin),
  );
}

/** The address of a server, with or without a path: https, or http on loopback. */
export function endpoint() {
  return address('must be an address such as https://otlp.example.com (http only on loopback)');
}

/** The address of a storage service: https, or http on loopback. */
export function serviceUri() {
  return address('must be the https address of a storage service (http only on loopback)');
}

function address(problem: string) {
  return v.pipe(
    v.string(),
    v.check((text) => parseAddress(text) !== undefined, problem),
    v.transform((text) => withoutSlash(new URL(text).href)),
  );
}

/** How the Functions host finds an identity for storage: it takes this in any letter case. */
export function storageCredential() {
  return v.pipe(
    v.string(),
    v.toLowerCase(),
    v.literal('managedidentity', 'must be managedidentity, or left out'),
  );
}

/** The name of a time zone in the time zone database. */
export function timeZone() {
  return v.pipe(
    v.string(),
    v.check(
      isTimeZone,
      'must be a time zone that the time zone database has, such as Europe/Berlin; remove it for UTC',
    ),
  );
}

/**
 * As {@link timeZone}, of the variable that the C library reads too. Its other forms, such as
 * `:/etc/localtime` or `CET-1CEST`, count as UTC.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
 */
export function posixTimeZone() {
  return v.pipe(
    v.string(),
    v.transform((text) => text.replace(/^:/, '')),
    v.transform((name) => (isTimeZone(name) ? name : 'UTC')),
  );
}

function isTimeZone(name: string): boolean {
  try {
    // An offset such as +02:00 is no name.
    return /^[A-Za-z]/.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** NCRONTAB with six fields. */
export function schedule() {
  return v.pipe(
    v.string(),
    v.check(
      isNcrontab,
      'must have six fields: second minute hour day month weekday, as in 0 * * * * *',
    ),
    v.check((text) => !isNcrontab(text) || everRuns(text), 'must name a day that some month has'),
  );
}

const openIdMetadata = v.looseObject({
  issuer: v.string(),
  authorization_endpoint: v.string(),
  token_endpoint: v.string(),
  jwks_uri: v.string(),
  end_session_endpoint: v.optional(v.string()),
});

export function metadata() {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = v.safeParse(openIdMetadata, parseObject(dataset.value));
      if (parsed.success && endpointsOf(parsed.output).every(isLoopbackEndpoint))
        return parsed.output;
      addIssue({
        message: parsed.success
          ? 'is for stand-ins only: every endpoint in it must be on loopback'
          : 'must be an OpenID provider’s metadata as JSON',
      });
      return NEVER;
    }),
  );
}

function endpointsOf(document: Record<string, unknown>): string[] {
  return Object.entries(document)
    .filter(([key]) => key.endsWith('_endpoint') || key === 'jwks_uri')
    .map(([, value]) => String(value));
}

/** An endpoint may have a query. @see RFC 6749 section 3.1 */
function isLoopbackEndpoint(text: string): boolean {
  if (!isLoopback(text)) return false;
  const url = new URL(text);
  return parseAddress(`${url.protocol}//${url.host}`) !== undefined && url.username === '';
}
