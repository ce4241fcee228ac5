import { ignoreGone } from '../../../src/lib/storage/storage-error.ts';
import { createTable } from '../../../src/lib/storage/table.ts';
import { tableNames } from '../../../src/lib/storage/table-names.ts';
import { type Check, ok, type Subject } from '../check.ts';
import { storageFailure } from '../storage-failure.ts';

/** In a partition in which the app has no rows, so that nothing of it ever sees this one. */
const row = { partitionKey: 'doctor', rowKey: 'trial' };

/** Whether the app may do with its tables what it does with them. */
export const tables: Check = {
  name: 'tables',
  needs: ['clock'],
  mend: 'Check TOKEN_STORAGE.',
  async run(subject) {
    const failures = (await Promise.all(tableNames.map((name) => failureOf(name, subject)))).flat();
    const what = failures.map(({ name, isLeft }) => (isLeft ? `${name} (a row is left)` : name));
    return failures[0]
      ? storageFailure(what.join(', '), failures[0].error, 'Storage Table Data Contributor')
      : ok(`a row was written, read and deleted in ${tableNames.join(', ')}`);
  },
};

async function failureOf(name: string, { config }: Subject) {
  const table = createTable(name, config.storage);
  let isLeft = false;
  try {
    await table.change({ kind: 'upsert', row });
    isLeft = true;
    await table.get(row);
    // Another doctor may have been faster.
    await ignoreGone(table.change({ kind: 'delete', row }));
    return [];
  } catch (error) {
    return [{ name, error, isLeft }];
  }
}
