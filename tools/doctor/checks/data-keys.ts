import { createKeyStore } from '../../../src/lib/storage/key-store.ts';
import { createTable } from '../../../src/lib/storage/table.ts';
import { wrappingKeyOf } from '../../../src/lib/stores.ts';
import { type Check, failed, ok, warning } from '../check.ts';

const mend =
  'Restore the earlier KEY_VAULT_KEY_ID or LOCAL_WRAPPING_KEY, or set the latter as LOCAL_WRAPPING_KEY_PREVIOUS. If it is lost, so are the sign-ins: delete the table keys, and everybody signs in again.';
const wait =
  'Keep the earlier wrapping key. The app rewraps the data keys when it starts with these settings, and tries again each hour; its log says data-keys-not-rewrapped if something is in the way.';

/** Whether the wrapping key opens every stored data key, and has wrapped each of them. */
export const dataKeys: Check = {
  name: 'data-keys',
  needs: ['tables', 'wrapping-key'],
  mend,
  async run({ config }) {
    const wrappingKey = wrappingKeyOf(config.wrappingKey);
    const keys = await createKeyStore(createTable('keys', config.storage)).list();
    if (keys.length === 0) return ok('there are none yet: the app makes the first');
    const opened = await Promise.all(
      keys.map(({ wrapped, kid, wrappedBy }) => wrappingKey.unwrap(wrapped, kid, wrappedBy)),
    );
    const closed = keys.filter((_, at) => opened[at] === undefined).map(({ kid }) => kid);
    if (closed.length > 0) {
      return failed(`another key than the wrapping key has wrapped ${closed.join(', ')}`, mend);
    }
    const current = await wrappingKey.currentId();
    const outdated = keys.filter(({ wrappedBy }) => wrappedBy !== current).map(({ kid }) => kid);
    return outdated.length > 0
      ? warning(`an earlier wrapping key is still needed for ${outdated.join(', ')}`, wait)
      : ok(`all ${keys.length} open, and none needs an earlier wrapping key`);
  },
};
