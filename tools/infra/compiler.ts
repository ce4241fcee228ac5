import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Other versions format in other ways and make other snapshots. */
export const bicepVersion = '0.49.2';

/** Of the executables that were looked at. The others are what NuGet has verified. */
const sha256ByPlatform: Record<string, string> = {
  'linux-x64': '0ab9de90c2493f206f8281bae74f9ee2d5ed3605548dab1adf41fef185e1f7c5',
};

/** By `process.platform`. */
const systems: Record<string, string> = { linux: 'linux', darwin: 'osx', win32: 'win' };

/** One that is at hand, and whether it is of the version that is wanted. */
export interface Compiler {
  path: string;
  version: string;
}

/** There is none, and none can be had: no fault of the Bicep files. */
export class NoCompilerError extends Error {
  override readonly name = 'NoCompilerError';
}

/**
 * The Bicep compiler: from PATH if it is of our version, else from NuGet, else whichever is on PATH.
 *
 * @throws NoCompilerError
 */
export async function findCompiler(root: string): Promise<Compiler> {
  const onPath = await compilerAt('bicep');
  if (onPath?.version === bicepVersion) return onPath;
  try {
    return await restoreCompiler(join(root, 'node_modules/.cache/bicep'));
  } catch (error) {
    if (onPath) return onPath;
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : error;
    throw new NoCompilerError(
      `there is no Bicep compiler. Install Bicep ${bicepVersion}, or the .NET SDK 10, with which it is fetched from NuGet (${reason})`,
    );
  }
}

async function compilerAt(path: string): Promise<Compiler | undefined> {
  const answer = await run(path, ['--version'], { env: compilerEnvironment() }).catch(() => null);
  const version = answer?.stdout.match(/version (\d+\.\d+\.\d+)/)?.[1];
  return version === undefined ? undefined : { path, version };
}

async function restoreCompiler(folder: string): Promise<Compiler> {
  const platform = `${systems[process.platform] ?? process.platform}-${process.arch}`;
  const name = `Azure.Bicep.CommandLine.${platform}`;
  const executable = process.platform === 'win32' ? 'bicep.exe' : 'bicep';
  const path = join(folder, name.toLowerCase(), bicepVersion, 'tools', executable);
  if (!(await stat(path).catch(() => undefined))) {
    await run(
      'dotnet',
      [
        'package',
        'download',
        `${name}@${bicepVersion}`,
        '--output',
        folder,
        '--verbosity',
        'quiet',
      ],
      { env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' } },
    );
  }
  await assertKnown(path, sha256ByPlatform[platform]);
  await chmod(path, 0o755);
  const compiler = await compilerAt(path);
  if (!compiler) throw new Error(`${path} does not run`);
  return compiler;
}

async function assertKnown(path: string, sha256: string | undefined): Promise<void> {
  if (sha256 === undefined) return;
  const found = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (found === sha256) return;
  await rm(path);
  throw new Error(`the compiler from NuGet is not the one that was looked at: SHA-256 ${found}`);
}

/** Environment variables that a parameter file reads, by name; undefined: it finds none. */
export type CompilerVariables = Readonly<Record<string, string | undefined>>;

/** @param variables in place of this process’s own, on which a check must not depend. */
function compilerEnvironment(variables: CompilerVariables = {}): NodeJS.ProcessEnv {
  // The compiler runs without ICU, which not every machine has.
  return { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', ...variables };
}

/** What the compiler said. Its diagnostics are in `stderr`, and lint's in `stdout` too. */
export interface CompilerOutput {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Runs the compiler. Does not throw because it finds something wrong. */
export async function runCompiler(
  path: string,
  args: readonly string[],
  { cwd, variables }: { cwd: string; variables?: CompilerVariables },
): Promise<CompilerOutput> {
  const options = { cwd, maxBuffer: 64 * 1024 * 1024, env: compilerEnvironment(variables) };
  try {
    return { ok: true, ...(await run(path, args, options)) };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & Partial<CompilerOutput>;
    return { ok: false, stdout, stderr: stderr || (stdout ? '' : message) };
  }
}
