/**
 * The values of a storage account's connection string, by name.
 *
 * @see https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */
export function connectionStringValues(text: string): ReadonlyMap<string, string> {
  const parts = text.split(';').filter(Boolean);
  return new Map(
    parts.map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}
