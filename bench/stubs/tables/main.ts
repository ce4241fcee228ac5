import { serveStub } from '../serve.ts';
import { tableService } from './service.ts';

await serveStub(tableService());
