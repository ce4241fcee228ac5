import type { Finding } from '../finding.ts';
import type { CodeFacts } from './facts.ts';
import {
  deploymentNeedsAnIdentity,
  localAuthenticationIsOff,
  registrationHasNoSecret,
  vaultIsProtected,
} from './rules/protection.ts';
import { rolesAreComplete, rolesAreNamedByPrincipal, rolesAreNarrow } from './rules/roles.ts';
import { instancesAreAllowed } from './rules/scale.ts';
import {
  settingsAreComplete,
  settingsAreKnown,
  settingsAreNowhereElse,
  settingsHoldNoSecret,
} from './rules/settings.ts';
import {
  noBlobIsPublic,
  queuesExist,
  runningPackageStays,
  sharedKeysAreOff,
  tablesExist,
  tlsIsNew,
} from './rules/storage.ts';
import {
  absenceIsNotTheLimit,
  alertsExist,
  queriesFindSomething,
  readyFunctionsExist,
} from './rules/telemetry.ts';
import type { Rule, Snapshot } from './snapshot.ts';

/** What must hold of every deployment, by the words in which the check reports it. */
export function rulesFor(facts: CodeFacts): Record<string, Rule> {
  return {
    'no shared keys': sharedKeysAreOff,
    'no public blob': noBlobIsPublic,
    'TLS 1.2': tlsIsNew,
    'tables of the code': tablesExist(facts.tables),
    'queues of the code': queuesExist,
    'running package stays': runningPackageStays,
    'Key Vault': vaultIsProtected,
    'no local authentication': localAuthenticationIsOff,
    'deployment by identity': deploymentNeedsAnIdentity,
    'registration without secret': registrationHasNoSecret,
    'narrow roles': rolesAreNarrow,
    'all roles': rolesAreComplete,
    'names of roles': rolesAreNamedByPrincipal,
    'all settings': settingsAreComplete,
    'known settings': settingsAreKnown,
    'no secret settings': settingsHoldNoSecret,
    'settings in one place': settingsAreNowhereElse,
    alerts: alertsExist,
    'queries of alerts and workbook': queriesFindSomething(facts),
    'limit of the log': absenceIsNotTheLimit,
    'always ready functions': readyFunctionsExist(facts),
    'most instances': instancesAreAllowed,
  };
}

/** Applies one rule to each snapshot. @param rule gets the snapshot's name, such as `prod`, as well */
export function applyRule(
  rule: (snapshot: Snapshot, name: string) => string[],
  snapshots: Record<string, Snapshot>,
): Finding {
  return {
    summary: Object.keys(snapshots).join(', '),
    problems: Object.entries(snapshots).flatMap(([name, snapshot]) =>
      rule(snapshot, name).map((problem) => `${name}: ${problem}`),
    ),
  };
}
