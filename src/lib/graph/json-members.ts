/** Every text of a JSON, and if it is the name of another, that too. */
const texts = /"([^"\\]*(?:\\.[^"\\]*)*)"(?:(\s*:\s*)("[^"\\]*(?:\\.[^"\\]*)*"))?/g;
const commaBefore = /,\s*$/;
const commaAfter = /\s*,/y;

/**
 * Changes members whose values are texts, at any depth, and leaves every other character of a JSON
 * as it is. Reading and writing it would not: large numbers, and names that are there twice.
 *
 * @param names of members, as they are written.
 * @param edit gets a member's value and name, and gives the value anew; undefined takes the member
 *   away.
 */
export function editTextMembers(
  json: string,
  names: RegExp,
  edit: (value: string, name: string) => string | undefined,
): string {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: member, 1: name = '', 2: colon, 3: text, index } of json.matchAll(texts)) {
    if (colon === undefined || text === undefined || !names.test(name)) continue;
    const value = JSON.parse(text) as string;
    const edited = edit(value, name);
    if (edited === value) continue;
    const before = json.slice(from, index);
    from = index + member.length;
    if (edited !== undefined) {
      parts.push(before, `"${name}"${colon}${JSON.stringify(edited)}`);
      continue;
    }
    // One comma goes with it.
    const withoutComma = before.replace(commaBefore, '');
    parts.push(withoutComma);
    commaAfter.lastIndex = from;
    if (withoutComma === before && commaAfter.test(json)) from = commaAfter.lastIndex;
  }
  return [...parts, json.slice(from)].join('');
}
