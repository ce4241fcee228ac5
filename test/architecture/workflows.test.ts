import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, it } from 'vitest';
import { bicepVersion } from '../../tools/infra/compiler.ts';
import { root } from './source-files.ts';

const folder = join(root, '.github/workflows');
const workflows = readdirSync(folder).map((name) => ({
  name,
  content: readFileSync(join(folder, name), 'utf8'),
}));
const deploy = workflows.find(({ name }) => name === 'deploy.yml')?.content ?? '';
const deployJob = deploy.slice(deploy.indexOf('\n  deploy:'));

function errorsIn(name: string, content: string): string[] {
  const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}

describe.each(workflows)('workflow $name', ({ name, content }) => {
  it('is one, by GitHub’s own parser', () => {
    expect(errorsIn(name, content)).toEqual([]);
  });

  it('pins every action to a commit', () => {
    const uses = content.split('\n').filter((line) => /\buses\s*:/.test(line));
    expect(uses).not.toEqual([]);
    for (const line of uses) expect(line).toMatch(/ uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('has no rights but those that a job asks for', () => {
    expect(content).toMatch(/^permissions:( \{\}|\n {2}contents: read\n)/m);
  });

  // What somebody else has named, such as a branch, would run as a command.
  it('puts no expression into a command', () => {
    const commands = content.split(/^ *- (?=name:|run:|uses:)/m).map((step) => {
      return step.match(/^ *run:(.*(?:\n {10}.*)*)/m)?.[1] ?? '';
    });
    expect(commands.join('')).toContain('npm');
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });
});

describe('the parser', () => {
  it('finds what is no workflow', () => {
    expect(errorsIn('deploy.yml', deploy.replace('runs-on', 'run-on'))).not.toEqual([]);
    expect(errorsIn('deploy.yml', deploy.replace('vars.', 'variables.'))).not.toEqual([]);
  });
});

describe('deployment', () => {
  it('is by federation, with no secret', () => {
    expect(deploy).not.toMatch(/\bsecrets\b/);
    expect(deployJob).toContain('id-token: write');
    expect(deploy.replace(deployJob, '')).not.toContain('id-token');
  });

  it('runs no package’s code with rights in Azure', () => {
    expect(deployJob).toContain('azure/login@');
    expect(deployJob).not.toMatch(/\b(npm|npx|node) /);
  });

  it('compiles with the version that is checked', () => {
    expect(deployJob).toContain(`az bicep install --version v${bicepVersion}`);
  });

  it('waits for the code’s deployment only so long', () => {
    const steps = deployJob.split(/^ {6}- /m);
    const step = steps.find((each) => each.includes('deployment source config-zip'));
    expect(step).toMatch(/^ {8}timeout-minutes: \d+$/m);
  });

  it('sets what the parameter files read', () => {
    for (const environment of ['dev', 'prod']) {
      const parameters = readFileSync(join(root, `infra/main.${environment}.bicepparam`), 'utf8');
      const names = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)];
      expect(names).not.toEqual([]);
      for (const [, name] of names) expect(deployJob).toContain(`      ${name}: `);
      const given = deployJob.match(/What the parameter files read\.((?:\n {6}\w.*)+)/)?.[1] ?? '';
      expect([...given.matchAll(/^ {6}(\w+):/gm)].map(([, name]) => name).sort()).toEqual(
        names.map(([, name]) => name).sort(),
      );
    }
  });
});
