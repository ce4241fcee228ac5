/** Where an access token's times are in its picture. Times are milliseconds since the epoch. */

export interface TokenTimes {
  issued: number;
  expires: number;
  /** When the next refresh is planned, if any. */
  refresh: number | undefined;
}

/** Places are shares of the picture's width, 0 to 1; what lies beyond is at the end. */
export interface TokenLife {
  phase: 'fresh' | 'due' | 'expired';
  now: number;
  expires: number;
  refresh: number | undefined;
  /** The refresh is planned for a time that the picture no longer shows. */
  refreshIsBeyond: boolean;
}

/** Beyond the expiry the picture goes on for this share of the lifetime. */
const margin = 0.12;

export function tokenLife({ issued, expires, refresh }: TokenTimes, now: number): TokenLife {
  const span = Math.max(1, expires - issued) * (1 + margin);
  const place = (time: number) => Math.min(1, Math.max(0, (time - issued) / span));
  return {
    phase: phaseOf({ expires, refresh }, now),
    now: place(now),
    expires: place(expires),
    refresh: refresh === undefined ? undefined : place(refresh),
    refreshIsBeyond: refresh !== undefined && refresh - issued > span,
  };
}

function phaseOf(times: Pick<TokenTimes, 'expires' | 'refresh'>, now: number): TokenLife['phase'] {
  if (now >= times.expires) return 'expired';
  return times.refresh !== undefined && now >= times.refresh ? 'due' : 'fresh';
}
