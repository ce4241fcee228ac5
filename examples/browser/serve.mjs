// Serves the page, and passes everything else on to the app, as the development server of a
// single-page app does: node examples/browser/serve.mjs
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';

const app = new URL(process.env.EVERGREEN_URL ?? 'http://localhost:7071');
const port = Number(process.env.PORT ?? 7072);

const files = {
  '/': ['page.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
};

const server = createServer(async (incoming, outgoing) => {
  const file = files[incoming.url];
  if (file) {
    outgoing.setHeader('content-type', file[1]);
    return outgoing.end(await readFile(new URL(file[0], import.meta.url)));
  }
  const { method, url, headers } = incoming;
  const passedOn = request(new URL(url, app), { method, headers: { ...headers, host: app.host } });
  passedOn.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  passedOn.on('error', () => outgoing.writeHead(502).end(`Is the app running on ${app.origin}?`));
  incoming.pipe(passedOn);
});

server.listen(port, 'localhost', () => {
  console.log(`Open http://localhost:${server.address().port}`);
});
