/** (a) A plain proxy: Graph's answer to a token that it has in hand, with nothing looked up. */
import { Agent, createServer, request } from 'node:http';
import { answerParent, listen } from '../lib/measured.ts';

const { GRAPH_ORIGIN, ACCESS_TOKEN } = process.env;
const agent = new Agent({ keepAlive: true });
const headers = { accept: 'application/json', authorization: `Bearer ${ACCESS_TOKEN}` };

const server = createServer((_, response) => {
  request(`${GRAPH_ORIGIN}/v1.0/me`, { agent, headers }, (answer) => {
    const type = answer.headers['content-type'];
    const length = answer.headers['content-length'];
    response.writeHead(answer.statusCode, { 'content-type': type, 'content-length': length });
    answer.pipe(response);
  })
    .once('error', () => response.writeHead(502).end())
    .end();
});

answerParent({}, await listen(server));
