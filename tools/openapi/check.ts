/** What the app says of itself: it is valid OpenAPI, and clients' types are up to date with it. */
import { join } from 'node:path';
import { startReport } from '../finding.ts';
import { readDocument } from './document.ts';
import { lintDocument } from './lint.ts';
import { checkTypes } from './types.ts';

const root = join(import.meta.dirname, '../..');
const update = process.argv.includes('--update');

const source = await readDocument();
const report = startReport();
report.add('lint', await lintDocument(source));
report.add('types', await checkTypes(root, source, update));
report.end('OpenAPI');
