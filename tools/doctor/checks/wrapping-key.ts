import { randomBytes } from 'node:crypto';
import { wrappingKeyOf } from '../../../src/lib/stores.ts';
import { type Check, failed, ok } from '../check.ts';

const mend =
  'Check KEY_VAULT_KEY_ID, that this machine may reach the vault, and that the app’s identity has the role Key Vault Crypto Service Encryption User on the key.';

/** Whether the key that wraps data keys also opens what it has wrapped. */
export const wrappingKey: Check = {
  name: 'wrapping-key',
  needs: [],
  mend,
  async run({ config }) {
    const key = wrappingKeyOf(config.wrappingKey);
    const bytes = randomBytes(32);
    const { wrapped, wrappedBy } = await key.wrap(bytes, 'doctor');
    const unwrapped = await key.unwrap(wrapped, 'doctor', wrappedBy);
    const name = config.wrappingKey.keyVault?.keyId ?? 'LOCAL_WRAPPING_KEY';
    const isSame = unwrapped !== undefined && Buffer.from(unwrapped).equals(bytes);
    return isSame
      ? ok(`${name} wraps, and opens what it wrapped`)
      : failed(`${name} does not open what it wrapped`, mend);
  },
};
