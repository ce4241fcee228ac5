import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import satisfies from 'spdx-satisfies';
import type { Finding } from '../finding.ts';

/** A package as package-lock.json has it, as far as is read here. */
export interface LockedPackage {
  version?: string;
  /** As the package states it: an SPDX expression, mostly. */
  license?: string;
  /** True if only tools need it. */
  dev?: boolean;
}

/** `licences.json`. Licences are SPDX identifiers. */
export interface LicencePolicy {
  allowed: string[];
  /** Allowed for what is never deployed, each with the reason. */
  allowedInDevelopment: Record<string, string>;
  /** By package: the licence that was looked at, `none` if it states none, and why it will do. */
  exceptions: Record<string, { licence: string; reason: string }>;
}

const policyFile = 'tools/supply/licences.json';

/** Compares the licence of every package in the lock file, of all platforms, with the policy. */
export async function checkLicences(root: string): Promise<Finding> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const policy = JSON.parse(await readFile(join(root, policyFile), 'utf8')) as LicencePolicy;
  const { '': _ourselves, ...packages } = lock.packages;
  return {
    summary: `${Object.keys(packages).length} packages`,
    problems: licenceProblems(packages, policy),
  };
}

/** @param packages by folder, such as `node_modules/jose` */
export function licenceProblems(
  packages: Record<string, LockedPackage>,
  policy: LicencePolicy,
): string[] {
  const unused = new Set(Object.keys(policy.exceptions));
  const problems: string[] = [];
  for (const [folder, locked] of Object.entries(packages)) {
    if (isAllowed(locked, policy)) continue;
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence = locked.license ?? 'none';
    if (policy.exceptions[name]?.licence === licence) unused.delete(name);
    else problems.push(refusal(`${name} ${locked.version}`, licence));
  }
  const leftovers = [...unused].map((name) => `${name} needs no exception: take it out`);
  return [...problems, ...leftovers];
}

function isAllowed({ license, dev }: LockedPackage, policy: LicencePolicy): boolean {
  if (license === undefined) return false;
  const development = dev ? Object.keys(policy.allowedInDevelopment) : [];
  try {
    return satisfies(license, [...policy.allowed, ...development]);
  } catch {
    // Not an SPDX expression.
    return false;
  }
}

function refusal(name: string, licence: string): string {
  return `${name} has a licence that is not allowed: ${licence}. Use another package, or allow it with the reason in ${policyFile}`;
}
