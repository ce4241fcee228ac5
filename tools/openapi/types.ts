import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openapiTS, { type OpenAPI3 } from 'openapi-typescript';
import type { Finding } from '../finding.ts';

/** Types of the API for clients, made from the document. */
export const typesFile = 'src/web/openapi.d.ts';

/** Compares the committed types with the document's; with `update` it writes them. */
export async function checkTypes(root: string, source: string, update: boolean): Promise<Finding> {
  const file = join(root, typesFile);
  const types = await openapiTS(JSON.parse(source) as OpenAPI3);
  if (update) await writeFile(file, types);
  const committed = await readFile(file, 'utf8').catch(() => undefined);
  const problem = `${typesFile} is not as the document says: npm run check:openapi -- --update`;
  return { summary: typesFile, problems: committed === types ? [] : [problem] };
}
