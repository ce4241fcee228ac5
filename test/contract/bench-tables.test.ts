import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll } from 'vitest';
import { listen } from '../../bench/lib/measured.ts';
import { tableConnection } from '../../bench/stubs/tables/connection.ts';
import { tableService } from '../../bench/stubs/tables/service.ts';
import { newTable } from '../support/storage.ts';
import { describeStoresOnTables } from './stores-on-tables.ts';
import { describeTable } from './table.contract.ts';

const name = 'the table service of the benchmarks';
let server: Server | undefined;
let origin = '';

beforeAll(async () => {
  server = createServer(tableService());
  origin = `http://127.0.0.1:${await listen(server)}`;
});

afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

const table = () => newTable(tableConnection(origin));

describeTable(name, table);
describeStoresOnTables(name, table);
