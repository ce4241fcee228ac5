import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingKeys } from '../../src/lib/config/settings.ts';
import { problems } from '../../src/lib/errors.ts';
import { notRun } from '../support/commands-not-run.ts';
import { readSources, root } from './source-files.ts';

const folders = ['', 'docs', 'infra', 'examples', 'bench'];
const pages = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** As GitHub makes an anchor of a heading. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('%s', (page) => {
  const text = textOf(page);

  it('links to pages and parts that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path ? normalize(join(dirname(page), path)) : page;
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const names = [...text.matchAll(/npm run (?:--silent )?([\w:-]*\w)/g)].map(([, name]) => name);
    expect(names.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
  });

  it('names files that there are', () => {
    const paths = [
      ...text.matchAll(/`((?:src|dev|test|tools|infra|bench|examples|docs)\/[\w./-]+)`/g),
    ].map(([, path = '']) => path);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

it.each(['src', 'dev', 'tools'])(
  '%s sends nobody to a page or a part that is not there',
  (folder) => {
    const broken = readSources(folder).flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w/.*])([\w/-]+\.md)\b(?:, “([^”]+)”)?/g)]
        .filter(([, page = '', part]) => {
          if (!existsSync(join(root, page))) return true;
          return part !== undefined && !textOf(page).includes(`\n## ${part}\n`);
        })
        .map(([named]) => `${path}: ${named}`),
    );
    expect(broken).toEqual([]);
  },
);

it.each(['deploy', 'deploy-production', 'runbook', 'costs'])(
  'docs/%s.md has at most 150 lines',
  (page) => {
    const lines = textOf(`docs/${page}.md`).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(150);
  },
);

describe('deploying', () => {
  const parameters = (name: string) => textOf(`infra/main.${name}.bicepparam`);
  const matches = (text: string, form: RegExp) => [...text.matchAll(form)].map(([, it = '']) => it);
  const modules = notRun.filter((command) => command.includes('--template-file'));

  it('lists each variable that the parameter files read', () => {
    const listed = matches(textOf('docs/deploy.md'), /`([A-Z_]+)`/g);
    const read = matches(
      parameters('dev') + parameters('prod'),
      /readEnvironmentVariable\('(\w+)'/g,
    );
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('gives a module that is deployed alone each parameter that it asks for', () => {
    expect(modules).toHaveLength(2);
    for (const command of modules) {
      const [, file = ''] = /--template-file (\S+)/.exec(command) ?? [];
      const given = matches(command, /\s(\w+)=/g);
      expect(given.sort()).toEqual(matches(textOf(file), /^param (\w+) [^=\n]+$/gm).sort());
    }
  });

  it('has somebody else register the scopes that production asks for', () => {
    const scopes = (text: string, form: RegExp) =>
      matches(text, form).map((list) => list.replaceAll('"', "'").replaceAll(', ', ','));
    const registered = scopes(modules.join('\n'), /graphScopes='(\[.+?\])'/g);
    expect(registered).toEqual(
      scopes(parameters('prod'), /(?:graphScopes|deviceScopes): (\[.+\])/g),
    );
  });

  it('deletes each lock that a deployment sets', () => {
    const text = textOf('infra/modules/locks.bicep');
    const types = matches(text, /'(Microsoft\.(?!Authorization)[\w./]+)@[^']+' existing/g);
    const locks = matches(text, /^ {2}name: '(\w+)'/gm).map((name, at) => `${name} ${types[at]}`);
    const deleted = notRun.flatMap((command) => {
      const [, name, type] =
        /^az lock delete --name (\w+) .*--resource-type (\S+)/.exec(command) ?? [];
      return name ? [`${name} ${type}`] : [];
    });
    expect(deleted).toEqual(locks);
  });
});

it('configuration has every setting', () => {
  const text = textOf('docs/configuration.md');
  const isThere = (key: string) =>
    text.includes(`\`${key}\``) || text.includes(`\`${key.replace('TOKEN_STORAGE', '')}\``);
  expect(settingKeys.filter((key) => !isThere(key))).toEqual([]);
});

it('extending names each file that binds a store', () => {
  const text = textOf('docs/extending.md');
  const binding = readSources('src/lib')
    .filter(({ path }) => dirname(path) === 'src/lib')
    .filter(({ specifiers }) => specifiers.some((each) => /storage\/.*-(store|queue)/.test(each)));
  expect(binding.length).toBeGreaterThan(0);
  const missing = binding.filter(({ path }) => !text.includes(`\`${path}\``));
  expect(missing.map(({ path }) => path)).toEqual([]);
});

it('troubleshooting has every code, with its status', () => {
  const text = textOf('docs/troubleshooting.md');
  const missing = Object.entries(problems).filter(([code, { status }]) => {
    return !text.includes(`| \`${code}\` | ${code === 'graph_error' ? "Graph's 4xx" : status} |`);
  });
  expect(missing).toEqual([]);
});
