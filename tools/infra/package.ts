/** Puts what is deployed, and nothing else, into dist/package: for azd, and to be zipped. */
import { cp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildBundle } from '../../build.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'dist/package');

const bundle = await buildBundle();
await rm(folder, { recursive: true, force: true });
for (const path of [bundle, `${bundle}.map`]) {
  await cp(path, join(folder, 'dist', basename(path)));
}
// package.json names the bundle as `main`.
for (const name of ['host.json', 'package.json']) await cp(join(root, name), join(folder, name));
console.log(`packaged in ${folder}`);
