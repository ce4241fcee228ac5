import { createHash } from 'node:crypto';
import { canonicalId } from '../basics/canonical-id.ts';

/** SHA-256 of `oid.tid` in hex: the only name of a user in keys, messages and (shortened) logs. */
export type UserHash = string & { readonly brand: unique symbol };

/** A person as the ID token describes them. Ids are in the tenant that issued the token. */
export interface UserIdentity {
  oid: string;
  tid: string;
  name: string | undefined;
  username: string | undefined;
}

/** The identity provider's own session, as far as its ID token tells. */
export interface ProviderSession {
  /** What a front-channel sign-out names. @see OpenID Connect Front-Channel Logout 1.0 section 3 */
  sid?: string | undefined;
  /** Tells the end-session endpoint who is leaving, so that it need not ask. */
  loginHint?: string | undefined;
}

/** SHA-256 of a `sid` in hex: the only name of the identity provider's session in keys. */
export function hashOfSid(sid: string): string {
  return createHash('sha256').update(sid).digest('hex');
}

/** Clients that tokens are issued to. Each has its own token cache. */
export const flows = ['code', 'device'] as const;

export type Flow = (typeof flows)[number];

/** One user has one hash, in whatever letter case their ids come. */
export function userHash({ oid, tid }: { oid: string; tid: string }): UserHash {
  const id = `${canonicalId(oid)}.${canonicalId(tid)}`;
  const digest = createHash('sha256').update(id).digest('hex');
  return digest as UserHash;
}

/** @returns undefined for anything but a user hash. */
export function parseUserHash(text: unknown): UserHash | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? (text as UserHash) : undefined;
}

/** What a log may call a user. */
export function logName(user: UserHash): string {
  return user.slice(0, 12);
}
