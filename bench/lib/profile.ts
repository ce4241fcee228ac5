/** @returns what is wrong with an answer to `/me`, if it is not the profile of the user with this object id. */
export function checkProfile(body: string, oid: string): string | undefined {
  return body.includes(`"id":"${oid}"`) ? undefined : `not theirs: ${body}`;
}
