import { list, object, type Schema, text, time, word } from './schema.ts';

const scope: Schema = { type: 'string' };

export const TokenRequest: Schema = {
  ...object(
    { scopes: { ...list(scope, 'Graph scopes that the token must have.'), minItems: 1 } },
    {
      minValiditySeconds: {
        type: 'integer',
        minimum: 0,
        maximum: 3_600,
        default: 0,
        description:
          'A token with less time left is refreshed first, at most once a minute for a user. `expiresAt` says how long the token is good for.',
      },
    },
  ),
  additionalProperties: false,
};

export const IssuedToken: Schema = object({
  accessToken: text('For Graph, and as good as the user’s: keep it out of logs.'),
  tokenType: word(['Bearer'], 'How it is presented.'),
  expiresAt: time('When it expires.'),
  scopes: list(scope, 'All that it has.'),
});
