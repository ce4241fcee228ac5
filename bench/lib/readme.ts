import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowOf } from './figure-table.ts';
import { machineInWords } from './machine.ts';
import { type Result, resultsFolder } from './results.ts';

const page = join(import.meta.dirname, '../README.md');
const [start, end] = ['<!-- results: written by npm run bench -->', '<!-- end of results -->'];

/** Puts the kept runs of these benchmarks into `bench/README.md`, between its two marks. */
export function writeReadme(names: readonly string[]): void {
  const text = readFileSync(page, 'utf8');
  const results = names.flatMap(readResult).map(inMarkdown).join('\n');
  writeFileSync(page, withResults(text, results));
}

/** @throws Error for a page without the marks. */
export function withResults(text: string, results: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error('the page has no place for results');
  return `${text.slice(0, from + start.length)}\n\n${results}\n${text.slice(to)}`;
}

function readResult(name: string): Result[] {
  const path = join(resultsFolder, `${name}.json`);
  return existsSync(path) ? [JSON.parse(readFileSync(path, 'utf8')) as Result] : [];
}

/** A run as a section. */
export function inMarkdown({ benchmark, at, machine, figures, table }: Result): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `### ${benchmark}

\`npm run bench -- ${benchmark}\`, ${at.slice(0, 10)}, ${machineInWords(machine).replace('\n', '  \n')}

${row(['figure', 'median', 'spread', 'target', 'stretch', ''])}
| --- | --- | --- | --- | --- | --- |
${figures.map((figure) => row(rowOf(figure))).join('\n')}

![Figures of ${benchmark}](results/${benchmark}.svg)

\`\`\`
${table}
\`\`\`
`;
}
