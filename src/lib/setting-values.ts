/** The kinds of values that settings have. Each message says how to mend the value, and never quotes it. */

import * as v from 'valibot';
import { connectionStringValues } from './connection-string.ts';
import { builtInRoutes, type GraphRoute, parseGraphRoute } from './graph/routes.ts';
import { parseObject } from './json-object.ts';
import { isNcrontab } from './ncrontab.ts';

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

/** The allow-list for Graph: a JSON array of entries. */
export function graphRoutes() {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue }): GraphRoute[] => {
      const entries = parseArray(dataset.value);
      if (!entries) {
        addIssue({
          message: 'must be a JSON array such as ["GET /me", "GET /me/messages Mail.Read"]',
        });
      }
      return (entries ?? []).flatMap((entry, index) => {
        try {
          return [parseGraphRoute(entry)];
        } catch (error) {
          addIssue({ message: `entry ${index + 1}${quoted(entry)} ${(error as Error).message}` });
          return [];
        }
      });
    }),
  );
}

/** The allow-list that there is without a setting. */
export const defaultGraphRoutes: readonly GraphRoute[] = builtInRoutes();

function parseArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An entry is quoted only if it looks like one. */
function quoted(entry: unknown): string {
  return typeof entry === 'string' &&
    /^[A-Za-z]{3,7} [\w/{}$.-]{1,100}( [\w. ]{1,60})?$/.test(entry)
    ? ` (${entry})`
    : '';
}

/** @see https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
export function connectionString() {
  return v.pipe(
    v.string(),
    v.check(isConnectionString, 'must be the connection string of a storage account'),
  );
}

function isConnectionString(text: string): boolean {
  const values = connectionStringValues(text);
  if (values.get('UseDevelopmentStorage') === 'true') return true;
  const has = (...names: string[]) => names.every((name) => values.get(name));
  const endpoints = has('TableEndpoint', 'QueueEndpoint');
  const account = has('AccountName', 'AccountKey') && (endpoints || has('EndpointSuffix'));
  return account || (has('SharedAccessSignature') && endpoints);
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

/** A key in Key Vault, in its newest version or in one. */
export function keyVaultKeyId() {
  return v.pipe(
    v.string(),
    v.regex(
      /^https:\/\/[\w.:-]+\/keys\/[\w-]{1,127}(\/[0-9a-f]{32})?$/,
      'must be https://VAULT.vault.azure.net/keys/NAME',
    ),
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
      (text) => isOrigin(text) && (text.startsWith('https:') || isLoopback(text)),
      'must be an origin such as https://app.example.com (http only on loopback)',
    ),
    v.transform((text) => new URL(text).origin),
  );
}

/** The address of a server, with or without a path: https, or http on loopback. */
export function endpoint() {
  return v.pipe(
    v.string(),
    v.check(
      (text) => isAddress(text) && (text.startsWith('https:') || isLoopback(text)),
      'must be an address such as https://otlp.example.com (http only on loopback)',
    ),
    v.transform((text) => new URL(text).href.replace(/\/+$/, '')),
  );
}

/** Nothing but scheme, host, port and path: what is secret goes into no address. */
function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.href === `${url.origin}${url.pathname}`;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

/** @see RFC 6761 section 6.3 for `localhost` */
function isLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

export function serviceUri() {
  return v.pipe(
    v.string(),
    v.check(
      (text) => URL.canParse(text) && (text.startsWith('https:') || isLoopback(text)),
      'must be the https address of a storage service',
    ),
  );
}

export function tenant() {
  return v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, 'must be a tenant id'));
}

/** NCRONTAB with six fields. */
export function schedule() {
  return v.pipe(
    v.string(),
    v.check(
      isNcrontab,
      'must have six fields: second minute hour day month weekday, as in 0 * * * * *',
    ),
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
      if (parsed.success && endpointsOf(parsed.output).every(isLoopback)) return parsed.output;
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
