import { orNull, type Schema, text } from './schema.ts';

/** Whatever Graph says. Links lead through this app. */
export const GraphObject: Schema = {
  type: 'object',
  additionalProperties: true,
  description:
    'Graph’s JSON as Graph wrote it, but for links: `@odata.nextLink` and `@odata.deltaLink` lead through this app, and `@microsoft.graph.downloadUrl` is left out.',
};

export const Profile: Schema = {
  type: 'object',
  required: ['id'],
  properties: {
    id: text('Object id.'),
    displayName: orNull(text('For people.')),
    mail: orNull(text('The address, if there is one.')),
    userPrincipalName: text('The user’s sign-in name.'),
  },
  additionalProperties: true,
  description:
    'Graph’s `/v1.0/me`, unchanged. See https://learn.microsoft.com/graph/api/resources/user.',
};
