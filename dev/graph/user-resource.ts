import type { StandInUser } from '../identity-provider/users.ts';
import type { Resource } from './resource.ts';

/** A user with the properties that Graph answers by default. @see https://learn.microsoft.com/graph/api/user-get */
export function userResource(user: StandInUser): Resource {
  return {
    businessPhones: user.businessPhones,
    displayName: user.name,
    givenName: user.givenName,
    jobTitle: user.jobTitle,
    mail: user.mail,
    mobilePhone: user.mobilePhone,
    officeLocation: user.officeLocation,
    preferredLanguage: user.preferredLanguage,
    surname: user.surname,
    userPrincipalName: user.username,
    id: user.oid,
  };
}
