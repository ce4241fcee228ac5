import type { Adapter, AdapterPayload } from 'oidc-provider';

export interface StoredEntry {
  readonly payload: AdapterPayload;
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
}

export interface StoreOptions {
  readonly entries?: Iterable<readonly [string, StoredEntry]>;
  readonly consents?: Iterable<readonly [string, string]>;
  /**
   * Entra leaves a used refresh token valid, so `consume` does nothing for refresh tokens. When
   * false, a used one is marked, and oidc-provider revokes the grant when it comes again.
   */
  readonly keepUsedRefreshTokens: boolean;
  readonly onChange?: () => void;
}

/** An expired entry stays this long, so that the answer can say "expired", not "unknown". */
const expiredKeptMs = 24 * 60 * 60 * 1000;
const sweepEvery = 5_000;

/**
 * What oidc-provider keeps (sessions, codes, grants, refresh tokens), in memory. Expiry is judged
 * by oidc-provider itself; the store only forgets what expired a day ago.
 */
export class Store {
  readonly #entries: Map<string, StoredEntry>;
  readonly #consents: Map<string, string>;
  readonly #byUid = new Map<string, string>();
  readonly #byUserCode = new Map<string, string>();
  readonly #byGrant = new Map<string, Set<string>>();
  readonly #keepUsedRefreshTokens: boolean;
  readonly #onChange: () => void;
  #writes = 0;

  constructor(options: StoreOptions) {
    this.#entries = new Map(options.entries ?? []);
    this.#consents = new Map(options.consents ?? []);
    this.#keepUsedRefreshTokens = options.keepUsedRefreshTokens;
    this.#onChange = options.onChange ?? (() => {});
    for (const [key, { payload }] of this.#entries) this.#index(key, payload);
  }

  get entries(): readonly (readonly [string, StoredEntry])[] {
    return [...this.#entries];
  }

  get consents(): readonly (readonly [string, string])[] {
    return [...this.#consents];
  }

  /** Scopes that the user has granted to the client in any sign-in, as Entra remembers consent. */
  consentedScopes(clientId: string, accountId: string): ReadonlySet<string> {
    return new Set(this.#consents.get(`${clientId} ${accountId}`)?.split(' '));
  }

  addConsent(clientId: string, accountId: string, scopes: Iterable<string>): void {
    const all = new Set([...this.consentedScopes(clientId, accountId), ...scopes]);
    this.#consents.set(`${clientId} ${accountId}`, [...all].join(' '));
    this.#onChange();
  }

  /** The account whose code or token this is, whatever its state. */
  ownerOf(model: 'AuthorizationCode' | 'DeviceCode' | 'RefreshToken', id: string | undefined) {
    return id === undefined ? undefined : this.#entries.get(`${model}:${id}`)?.payload.accountId;
  }

  /** The user's sessions, the newest last: what ID tokens call `sid`. */
  sessionsOf(accountId: string): string[] {
    return [...this.#entries].flatMap(([key, { payload }]) => {
      const isTheirs = key.startsWith('Session:') && payload.accountId === accountId;
      return isTheirs && payload.uid ? [payload.uid] : [];
    });
  }

  /** Ends every grant of the user, as an administrator's "revoke sessions" does. */
  revokeAccount(accountId: string): void {
    for (const [key, { payload }] of this.#entries) {
      const ends = key.startsWith('Grant:') || key.startsWith('Session:');
      if (ends && payload.accountId === accountId) this.#remove(key);
    }
  }

  /** The contract of oidc-provider for one of its models. */
  adapter(model: string): Adapter {
    const keyOf = (id: string) => `${model}:${id}`;
    return {
      find: async (id) => this.#entries.get(keyOf(id))?.payload,
      findByUid: async (uid) => this.#find(this.#byUid.get(uid)),
      findByUserCode: async (userCode) => this.#find(this.#byUserCode.get(userCode)),
      upsert: async (id, payload, expiresIn) => this.#put(keyOf(id), payload, expiresIn),
      destroy: async (id) => this.#remove(keyOf(id)),
      consume: async (id) => {
        if (model !== 'RefreshToken' || !this.#keepUsedRefreshTokens) this.#consume(keyOf(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const key of this.#byGrant.get(grantId) ?? []) this.#remove(key);
      },
    };
  }

  #find(key: string | undefined): AdapterPayload | undefined {
    return key === undefined ? undefined : this.#entries.get(key)?.payload;
  }

  #put(key: string, payload: AdapterPayload, expiresIn: number | undefined): void {
    this.#remove(key);
    const expiresAt = expiresIn === undefined ? {} : { expiresAt: Date.now() + expiresIn * 1000 };
    this.#entries.set(key, { payload, ...expiresAt });
    this.#index(key, payload);
    this.#writes += 1;
    if (this.#writes % sweepEvery === 0) this.#sweep();
    this.#onChange();
  }

  #consume(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    const consumed = Math.floor(Date.now() / 1000);
    this.#entries.set(key, { ...entry, payload: { ...entry.payload, consumed } });
    this.#onChange();
  }

  #index(key: string, payload: AdapterPayload): void {
    if (payload.uid && key.startsWith('Session:')) this.#byUid.set(payload.uid, key);
    if (payload.userCode) this.#byUserCode.set(payload.userCode, key);
    if (!payload.grantId || key.startsWith('Interaction:')) return;
    const keys = this.#byGrant.get(payload.grantId) ?? new Set();
    this.#byGrant.set(payload.grantId, keys.add(key));
  }

  #remove(key: string): void {
    const payload = this.#entries.get(key)?.payload;
    if (!payload) return;
    this.#entries.delete(key);
    if (payload.uid && this.#byUid.get(payload.uid) === key) this.#byUid.delete(payload.uid);
    if (payload.userCode) this.#byUserCode.delete(payload.userCode);
    if (payload.grantId) {
      const keys = this.#byGrant.get(payload.grantId);
      keys?.delete(key);
      if (keys?.size === 0) this.#byGrant.delete(payload.grantId);
    }
    this.#onChange();
  }

  #sweep(): void {
    const limit = Date.now() - expiredKeptMs;
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt !== undefined && expiresAt < limit) this.#remove(key);
    }
  }
}
