import { parseCookie } from 'cookie';

/** A cookie to set, of the kind that all of ours are: HttpOnly, SameSite=Lax, Path=/, no Domain. */
export interface ResponseCookie {
  name: string;
  value: string;
  /** Seconds; 0 deletes the cookie. */
  maxAge: number;
}

/** Names of our cookies. The prefix makes browsers insist on Secure, Path=/ and no Domain. */
export interface CookieNames {
  session: string;
  /** Some sign-ins may be under way at once, in several tabs: each in the slot of its state. */
  signIn: (state: string) => string;
  /** Every name that a cookie of ours can have. */
  all: readonly string[];
  secure: boolean;
}

const signInSlots = 4;

/** @see RFC 6265bis section 4.1.3.2 for `__Host-` */
export function cookieNames(publicBaseUrl: string): CookieNames {
  const secure = publicBaseUrl.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  const session = `${prefix}session`;
  const signInIn = (slot: number) => `${prefix}sign-in-${slot}`;
  return {
    secure,
    session,
    signIn: (state) => signInIn((state.codePointAt(0) ?? 0) % signInSlots),
    all: [session, ...Array.from({ length: signInSlots }, (_, slot) => signInIn(slot))],
  };
}

/** The cookies of a request; of several with one name the first. */
export function readCookies(header: string | null): Record<string, string | undefined> {
  return header ? parseCookie(header) : {};
}
