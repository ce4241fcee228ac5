/** The one form in which ids are stored and compared. Entra takes them in any letter case. */

const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const wholeGuid = new RegExp(`^${guid.source}$`, 'i');
const everyGuid = new RegExp(guid.source, 'gi');

export function isGuid(text: string): boolean {
  return wholeGuid.test(text);
}

/** A GUID in lower case. Any other text stays as it is: only a stand-in for Entra has such ids. */
export function canonicalId(id: string): string {
  return isGuid(id) ? id.toLowerCase() : id;
}

/** Whether two issuers are one. Their hosts and their tenants' ids count in any letter case. */
export function sameIssuer(a: string, b: unknown): boolean {
  return typeof b === 'string' && canonicalIssuer(a) === canonicalIssuer(b);
}

function canonicalIssuer(issuer: string): string {
  return issuer
    .replace(/^https?:\/\/[^/]*/i, (origin) => origin.toLowerCase())
    .replace(everyGuid, (id) => id.toLowerCase());
}
