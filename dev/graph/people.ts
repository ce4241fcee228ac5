import { guidFrom } from '../identity-provider/guid.ts';
import type { StandInUser } from '../identity-provider/users.ts';
import {
  accessDenied,
  badQuery,
  GraphFailure,
  insufficientPrivileges,
  userNotFound,
} from './graph-error.ts';
import { etagOf, mailboxId } from './identifiers.ts';
import { collectionReply, contextOf, linkTo, selected, wholeNumber } from './odata.ts';
import type { Reply, Route, RouteInput } from './route.ts';
import { userResource } from './user-resource.ts';

const directory = { denied: insufficientPrivileges };

export const peopleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/me/contacts',
    scopes: ['Contacts.Read', 'Contacts.ReadWrite'],
    denied: accessDenied,
    answer: contacts,
  },
  {
    method: 'GET',
    path: '/me/people',
    scopes: ['People.Read', 'People.Read.All'],
    denied: accessDenied,
    answer: people,
  },
  {
    method: 'GET',
    path: '/me/memberOf',
    scopes: ['User.Read', 'GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
    ...directory,
    answer: memberOf,
  },
  {
    method: 'GET',
    path: '/me/manager',
    scopes: ['User.Read.All', 'Directory.Read.All'],
    ...directory,
    answer: manager,
  },
];

/** Everyone else in the directory is a contact. */
function contacts(input: RouteInput): Reply {
  const items = othersOf(input).map((other) => {
    const id = mailboxId(`${input.user.oid} contact ${other.oid}`);
    return {
      '@odata.etag': etagOf(id),
      id,
      displayName: other.name,
      givenName: other.givenName,
      surname: other.surname,
      jobTitle: other.jobTitle,
      emailAddresses: [{ name: other.name, address: addressOf(other) }],
      businessPhones: other.businessPhones,
    };
  });
  const type = 'microsoft.graph.contact';
  const context = contextOf(input, 'contacts');
  return collectionReply(input, items, { type, always: ['id'], pageSize: 10, context });
}

/** Everyone else in the directory, the most relevant first. */
function people(input: RouteInput): Reply {
  const items = othersOf(input).map((other, index) => ({
    id: other.oid,
    displayName: other.name,
    givenName: other.givenName,
    surname: other.surname,
    userPrincipalName: other.username,
    jobTitle: other.jobTitle,
    scoredEmailAddresses: [{ address: addressOf(other), relevanceScore: 30 - index }],
    personType: { class: 'Person', subclass: 'OrganizationUser' },
  }));
  const type = 'microsoft.graph.person';
  const context = contextOf(input, 'people');
  return collectionReply(input, items, { type, always: ['id'], pageSize: 10, context });
}

const groupCount = 12;
const groupPage = 5;

/** Pages of the directory are continued by `$skiptoken`, whose value says nothing to the caller. */
function memberOf(input: RouteInput): Reply {
  const { url } = input;
  const size = wholeNumber(url, '$top', { fallback: groupPage, min: 1 });
  const token = url.searchParams.get('$skiptoken');
  const skip = token === null ? 0 : skipOf(token);
  const groups = Array.from({ length: groupCount }, (_, index) => group(index));
  const type = 'microsoft.graph.group';
  return {
    body: {
      '@odata.context': `${url.origin}/v1.0/$metadata#directoryObjects`,
      ...(skip + size < groupCount && {
        '@odata.nextLink': linkTo(url, { $skiptoken: tokenFor(skip + size) }),
      }),
      value: groups
        .slice(skip, skip + size)
        .map((item) => selected(item, url, { type, always: [] })),
    },
  };
}

/** The first in the directory is everyone's manager, and has none. */
function manager(input: RouteInput): Reply {
  const [first] = input.users;
  if (!first || first.oid === input.user.oid) throw new GraphFailure(userNotFound);
  const context = `${input.url.origin}/v1.0/$metadata#directoryObjects/$entity`;
  const type = 'microsoft.graph.user';
  return {
    body: {
      '@odata.context': context,
      ...selected({ '@odata.type': `#${type}`, ...userResource(first) }, input.url, {
        type,
        always: [],
      }),
    },
  };
}

function group(index: number) {
  const displayName = `Group ${index + 1}`;
  return {
    '@odata.type': '#microsoft.graph.group',
    id: guidFrom(displayName),
    displayName,
    description: null,
    mailEnabled: false,
    securityEnabled: true,
  };
}

const tokenPrefix = 'RFNwdAIAAQ';

function tokenFor(skip: number): string {
  return tokenPrefix + Buffer.from(`skip ${skip}`).toString('base64url');
}

function skipOf(token: string): number {
  const text = Buffer.from(token.slice(tokenPrefix.length), 'base64url').toString('utf8');
  const number = /^skip (\d+)$/.exec(text)?.[1];
  if (number === undefined) {
    throw new GraphFailure(badQuery('The specified page token value has expired or is invalid.'));
  }
  return Number(number);
}

/** At most fifty of them: there may be thousands of users in a load test. */
function othersOf({ user, users }: RouteInput): readonly StandInUser[] {
  return users.filter(({ oid }) => oid !== user.oid).slice(0, 50);
}

function addressOf({ mail, username }: StandInUser): string {
  return mail ?? username;
}
