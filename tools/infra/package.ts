/** Puts what is deployed, and nothing else, into dist/package: for azd, and to be zipped. */
import { cp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { writeBundle } from '../../build.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'dist/package');

const bundle = await writeBundle();
await rm(folder, { recursive: true, force: true });
for (const path of bundle) await cp(path, join(folder, relative(root, path)));
// package.json names the bundle as `main`.
for (const name of ['host.json', 'package.json']) await cp(join(root, name), join(folder, name));
console.log(`packaged in ${folder}`);
