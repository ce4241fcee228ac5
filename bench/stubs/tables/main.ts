import { serveStub } from '../serve.ts';
import { tableService } from './service.ts';

/** Heartbeats are not counted: an instance reads and writes them by the minute, whatever it is asked. */
const isCounted = (path: string) => !/\/heartbeats\b/.test(path);

await serveStub(tableService(), isCounted);
