/** In whatever another service says that goes wrong: none of it is for our callers, or the log. */
export const foreign = 'canary-of-another-service';

/** What another service answers to a request of ours, as a fault rule of the stand-ins. */
export function foreignFailure(status: number, code: string, headers: Record<string, string> = {}) {
  return {
    ...{ kind: 'answer' as const, status },
    body: {
      // Of the token endpoint a word, of Graph an object.
      error: code.startsWith('invalid_') ? code : { code, message: foreign },
      ...{ error_description: foreign, error_uri: `https://${foreign}.example`, claims: foreign },
    },
    headers: { location: `http://${foreign}.example/?t=${foreign}`, 'x-leak': foreign, ...headers },
  };
}
