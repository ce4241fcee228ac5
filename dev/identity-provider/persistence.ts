import { randomBytes } from 'node:crypto';
import { readDataFile, type StandInData, writeDataFile } from './data-file.ts';
import { generateSigningJwk, SigningKeys, signingKeyFrom } from './signing-key.ts';
import { Store } from './store.ts';

export interface PersistenceOptions {
  /** Absent: nothing outlives the process. */
  readonly dataFile: string | undefined;
  readonly keepUsedRefreshTokens: boolean;
}

/** The provider's memory, its keys and its client secret, from the data file or new. */
export interface Persistence {
  readonly store: Store;
  /** A data file keeps the first of them only: a restart takes back its replacement. */
  readonly signingKeys: SigningKeys;
  readonly clientSecret: string;
  readonly cookieKey: string;
  /** Writes what a pending write would have written. */
  flush(): void;
}

/** Changes are gathered this long before the file is written. */
const writeDelayMs = 200;

export async function openPersistence(options: PersistenceOptions): Promise<Persistence> {
  const { dataFile } = options;
  const data = (dataFile && readDataFile(dataFile)) || (await newData());
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!dataFile) return;
    writeDataFile(dataFile, { ...data, entries: store.entries, consents: store.consents });
  };
  const store = new Store({
    entries: data.entries,
    consents: data.consents,
    keepUsedRefreshTokens: options.keepUsedRefreshTokens,
    onChange: () => {
      if (dataFile) timer ??= setTimeout(write, writeDelayMs).unref();
    },
  });
  const { clientSecret, cookieKey } = data;
  // A first run must leave its keys behind, even if nobody ever signs in.
  write();
  return {
    store,
    signingKeys: new SigningKeys(signingKeyFrom(data.signingJwk)),
    clientSecret,
    cookieKey,
    flush: write,
  };
}

async function newData(): Promise<StandInData> {
  return {
    version: 1,
    signingJwk: await generateSigningJwk(),
    clientSecret: randomBytes(30).toString('base64url'),
    cookieKey: randomBytes(32).toString('base64url'),
    consents: [],
    entries: [],
  };
}
