import { guidFrom } from './guid.ts';

/** One person of the stand-in directory: what Entra puts into tokens and what Graph's `/me` answers. */
export interface StandInUser {
  /** Object id, a GUID; the same in tokens (`oid`) and in Graph (`id`). */
  readonly oid: string;
  /** Sign-in name (UPN), unique, lower case. */
  readonly username: string;
  readonly name: string;
  readonly givenName: string;
  readonly surname: string;
  readonly mail: string | null;
  readonly jobTitle: string | null;
  readonly businessPhones: readonly string[];
  readonly mobilePhone: string | null;
  readonly officeLocation: string | null;
  readonly preferredLanguage: string | null;
  /** Of a guest: who they are in the tenant that they come from. */
  readonly home?: { readonly oid: string; readonly tid: string };
}

export const seededUsers: readonly StandInUser[] = [
  member('5f0d1c1a-0c3e-4f6b-9a51-000000000001', 'Alice', 'Example', 'Head of Research'),
  member('5f0d1c1a-0c3e-4f6b-9a51-000000000002', 'Bob', 'Sample', 'Accountant'),
  member('5f0d1c1a-0c3e-4f6b-9a51-000000000003', 'Carol', 'Øster-Müller', 'Site Manager'),
  // No mail box: Graph answers null for what a directory doesn't hold.
  {
    ...member('5f0d1c1a-0c3e-4f6b-9a51-000000000004', 'Dave', "O'Brien", null),
    mail: null,
    businessPhones: [],
    officeLocation: null,
    preferredLanguage: null,
  },
  {
    ...member('5f0d1c1a-0c3e-4f6b-9a51-000000000005', 'Gwen', 'Guest', null),
    username: 'gwen_partner.example#ext#@evergreen.example',
    mail: 'gwen@partner.example',
    businessPhones: [],
    home: {
      oid: '7c2b9d0e-4f1a-4c3d-8e5f-000000000005',
      tid: 'b1946ac9-2492-4d23-8b5c-4f1e2d3c4b5a',
    },
  },
];

/**
 * `count` users for load tests. Deterministic: the same index always gives the same GUID and name,
 * so two processes agree about them.
 */
export function generateUsers(count: number): readonly StandInUser[] {
  return Array.from({ length: count }, (_, index) =>
    member(guidFrom(`load-user-${index}`), `Load${index}`, 'User', null),
  );
}

function member(
  oid: string,
  givenName: string,
  surname: string,
  jobTitle: string | null,
): StandInUser {
  const username = `${givenName.toLowerCase()}@evergreen.example`;
  return {
    oid,
    username,
    name: `${givenName} ${surname}`,
    givenName,
    surname,
    mail: username,
    jobTitle,
    businessPhones: ['+1 425 555 0100'],
    mobilePhone: null,
    officeLocation: '18/2111',
    preferredLanguage: 'en-US',
  };
}
