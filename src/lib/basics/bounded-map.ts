/**
 * Sets an entry of a map that holds a bounded number of them: the one that was set longest ago is
 * forgotten first.
 */
export function setBounded<K, V>(map: Map<K, V>, [key, value]: [K, V], most: number): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
