import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listen } from '../../bench/lib/measured.ts';
import { tableConnection } from '../../bench/stubs/tables/connection.ts';
import { tableService } from '../../bench/stubs/tables/service.ts';
import { maxConnections } from '../../src/lib/http/outbound-request.ts';
import { newTable, rowsBetween } from '../support/storage.ts';

let server: Server;
let origin = '';
let open = 0;
let most = 0;

beforeAll(async () => {
  const answer = tableService();
  // Slow enough for all requests to be there before the first is answered.
  server = createServer((request, response) => setTimeout(() => answer(request, response), 50));
  server.on('connection', (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.on('close', () => {
      open -= 1;
    });
  });
  origin = `http://127.0.0.1:${await listen(server)}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('two hundred queries at once share a bounded number of connections, and all are answered', async () => {
  const table = newTable(tableConnection(origin));
  await table.change({ kind: 'insert', row: { partitionKey: 'p', rowKey: 'r' } });
  const queries = Array.from({ length: 200 }, () => rowsBetween(table, { partitionKey: 'p' }));
  const answers = await Promise.all(queries);
  expect(answers.flat()).toHaveLength(200);
  expect(most).toBeGreaterThan(1);
  // The insert was a plain request, which has connections of its own.
  expect(most).toBeLessThanOrEqual(maxConnections + 1);
});
