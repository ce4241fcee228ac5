import type { StandIn } from './stand-in.ts';

export interface Summary {
  readonly appOrigin: string;
  /** Which host runs the functions, and why. */
  readonly host: string;
  /** Undefined: the account that the settings name. */
  readonly storage: string | undefined;
  /** Undefined for a real tenant. */
  readonly standIn: StandIn | undefined;
  /** What is wrong with settings that seem to name a real tenant. */
  readonly whyStandIn: string | undefined;
}

/** The block that is printed when everything runs. */
export function describeSummary(summary: Summary): string {
  const rows = [
    ['app', summary.appOrigin],
    ...(summary.standIn ? standInRows(summary.standIn) : realTenantRows(summary)),
    ...(summary.whyStandIn
      ? [['note', `${summary.whyStandIn}: the stand-in is used instead`]]
      : []),
    ['storage', summary.storage ?? 'the account of your settings'],
    ['host', summary.host],
  ];
  const lines = rows.map(([name = '', text]) => `  ${name.padEnd(9)}${text}`);
  return ['', ...lines, '', '  Ctrl-C stops everything', ''].join('\n');
}

function standInRows({ identityProvider, graph, users }: StandIn): string[][] {
  return [
    ['sign-in', `${identityProvider}, a stand-in for Entra with the users`],
    ...users.map(({ username, name }) => ['', `  ${username} (${name})`]),
    ['Graph', `${graph}, a stand-in`],
  ];
}

function realTenantRows({ appOrigin }: Summary): string[][] {
  return [
    ['sign-in', 'Microsoft Entra, the tenant of your settings'],
    ['', `register the redirect URI ${appOrigin}/callback (platform: Web)`],
  ];
}
