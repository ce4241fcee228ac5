/** What the app says of itself: it is valid OpenAPI, and clients' types are up to date with it. */
import { join } from 'node:path';
import type { Finding } from '../supply/finding.ts';
import { readDocument } from './document.ts';
import { lintDocument } from './lint.ts';
import { checkTypes } from './types.ts';

const root = join(import.meta.dirname, '../..');
const update = process.argv.includes('--update');

let [passed, failed] = [0, 0];

function report(name: string, { summary, problems }: Finding): void {
  console.log(`${name}: ${summary}, ${problems.length === 0 ? 'ok' : 'FAILED'}`);
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length === 0) passed += 1;
  else failed += 1;
}

const source = await readDocument();
report('lint', await lintDocument(source));
report('types', await checkTypes(root, source, update));
console.log(`OpenAPI: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
