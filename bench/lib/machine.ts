import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

/** Where a run was made. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  readonly system: string;
  readonly node: string;
  /** Of the product and of what it is compared with, by package; of `redis-server` where it is installed. */
  readonly versions: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    versions: {
      evergreen: packageIn('').version,
      ...packageIn('bench/peers').dependencies,
      ...redisServer(),
    },
  };
}

/** Dependencies are pinned: these are the versions that are installed. */
function packageIn(folder: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** Of the system's package, which peers run. */
function redisServer(): Record<string, string> {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  const [, version] = /\bv=(\S+)/.exec(stdout ?? '') ?? [];
  return version === undefined ? {} : { 'redis-server': version };
}

export function machineInWords({ cpu, cores, memory, system, node, versions }: Machine): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memory} GiB, ${system}, Node ${node}\n${packages.join(', ')}`;
}
