/** A function app with one function that does nothing: what every start takes. */
import { app } from '@azure/functions';

app.http('empty', {
  authLevel: 'anonymous',
  handler: async () => ({ status: 200, jsonBody: { status: 'live' } }),
});
