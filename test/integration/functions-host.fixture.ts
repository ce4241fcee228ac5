/** A function app for the tests of the host in `dev/`: bundled there, loaded nowhere else. */
import {
  app,
  type HttpHandler,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';

/** What the functions have seen. The bundle is loaded into the test's own process. */
const seen: { timers: unknown[]; messages: unknown[]; gate: Promise<void> } = {
  timers: [],
  messages: [],
  gate: Promise.resolve(),
};
Object.assign(globalThis, { functionsHostFixture: seen });

const methods = ['GET', 'POST', 'HEAD'] as const;

function route(
  name: string,
  template: string,
  handler: (
    request: HttpRequest,
    context: InvocationContext,
  ) => Promise<HttpResponseInit> | HttpResponseInit,
): void {
  app.http(name, { methods: [...methods], route: template, handler });
}

route('rest', '{*path}', (request) => ({ jsonBody: { name: 'rest', ...request.params } }));
route('item', 'items/{id}', (request) => ({ jsonBody: { name: 'item', ...request.params } }));
route('new-item', 'items/new', () => ({ jsonBody: { name: 'new-item' } }));
route('files', 'items/{id}/files/{*path}', (request) => ({
  jsonBody: { name: 'files', ...request.params },
}));
route('echo', 'echo', async (request) => ({
  jsonBody: {
    url: request.url,
    method: request.method,
    x: request.query.get('x'),
    repeated: request.headers.get('x-repeated'),
    body: await request.text(),
  },
}));
route('cookies', 'cookies', () => ({
  cookies: [
    { name: 'first', value: 'a/b', path: '/', httpOnly: true, sameSite: 'Lax' },
    { name: 'second', value: '', maxAge: 0, secure: true, sameSite: 'None' },
  ],
}));
route('header-cookies', 'header-cookies', () => {
  const headers = new Headers();
  headers.append('set-cookie', 'first=1');
  headers.append('set-cookie', 'second=2');
  return { headers };
});
route('redirect', 'redirect', () => ({ status: 302, headers: { location: '/items/new' } }));
route('late', 'late', (_request, context) => {
  setImmediate(() => context.warn('too late'));
  return {};
});
route('wait', 'wait', async (_request, context) => {
  context.log('waiting');
  await seen.gate;
  return { body: 'waited' };
});
route('fail', 'fail', () => {
  throw new Error('expected by the test');
});
// The types forbid it; JavaScript does it all the same.
app.http('nothing', { handler: (() => undefined) as unknown as HttpHandler });

app.timer('clock', {
  schedule: '%CLOCK_SCHEDULE%',
  handler: (timer, context) => {
    context.log('tick');
    seen.timers.push(timer);
  },
});

app.storageQueue('worker', {
  queueName: '%WORK_QUEUE%',
  connection: 'WORK_STORAGE',
  handler: (message, context) => {
    seen.messages.push({ message, attempt: context.triggerMetadata?.['dequeueCount'] });
    if (typeof message === 'object' && message !== null && 'fail' in message) {
      throw new Error('expected by the test');
    }
  },
});
