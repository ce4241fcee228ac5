import { wrappingKeyOf } from '../../../src/lib/key-services.ts';
import { createKeyStore } from '../../../src/lib/storage/key-store.ts';
import { createTable } from '../../../src/lib/storage/table.ts';
import { type Check, failed, ok } from '../check.ts';

const mend =
  'Restore the earlier KEY_VAULT_KEY_ID or LOCAL_WRAPPING_KEY, or set the latter as LOCAL_WRAPPING_KEY_PREVIOUS. Is it lost, so are the sign-ins: delete the table keys, and everybody signs in again.';

/** Whether what is stored can be opened. */
export const dataKeys: Check = {
  name: 'data-keys',
  needs: ['tables', 'wrapping-key'],
  mend,
  async run({ config }) {
    const wrappingKey = wrappingKeyOf(config.wrappingKey);
    const keys = await createKeyStore(createTable('keys', config.storage)).list();
    const opened = await Promise.all(
      keys.map(({ wrapped, kid, wrappedBy }) => wrappingKey.unwrap(wrapped, kid, wrappedBy)),
    );
    const closed = keys.filter((_, at) => opened[at] === undefined).map(({ kid }) => kid);
    if (closed.length > 0) {
      return failed(`another key than the wrapping key has wrapped ${closed.join(', ')}`, mend);
    }
    if (keys.length === 0) return ok('there are none yet: the app makes the first');
    return ok(`all ${keys.length} open`);
  },
};
