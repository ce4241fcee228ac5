/** Alerts and the workbook look for what the app really logs. */
import { ofType, type Resource, type Rule, type Snapshot, valueAt } from '../snapshot.ts';

/** What src logs and registers. */
export interface LoggedNames {
  /** All of its text. */
  source: string;
  /** Names of functions. */
  functions: readonly string[];
}

/** Alerts that there must be: what each is about is in infra/modules/alerts.bicep. */
const alerts = [
  'sweep-missing',
  'refresh-overdue',
  'refresh-failing',
  'breaker-open',
  'poison-messages',
  'server-errors',
  'key-vault-throttling',
  'storage-throttling',
  'logs-capped',
  'unavailable',
];

export const alertsExist: Rule = (snapshot) => {
  const present = ['scheduledQueryRules', 'metricAlerts'].flatMap((type) =>
    ofType(snapshot, `Microsoft.Insights/${type}`),
  );
  return [
    ...alerts
      .filter((alert) => !present.some(({ name }) => name?.endsWith(`-${alert}`)))
      .map((alert) => `there is no alert ${alert}: infra/modules/alerts.bicep`),
    ...present
      .filter((alert) => valueAt(alert, 'properties.enabled') !== true)
      .map((alert) => `alert ${alert.name} is off`),
  ];
};

/** The queries of alerts and of the workbook. */
function queriesIn(snapshot: Snapshot): string[] {
  const rules = ofType(snapshot, 'Microsoft.Insights/scheduledQueryRules').map(queryOf);
  const books = ofType(snapshot, 'Microsoft.Insights/workbooks').flatMap((book) => {
    const text = String(valueAt(book, 'properties.serializedData'));
    // An expression: its text is known when the workspace is.
    const items = [...text.matchAll(/"query": ("(?:[^"\\]|\\.)*")/g)];
    return items.map(([, query]) => String(JSON.parse(query ?? '""')));
  });
  return [...rules, ...books];
}

/**
 * At the workspace's daily limit no rows come in, and every count is 0. An alert that takes 0 for a
 * failure must ask whether that is why, and look back as far as the limit holds: a day.
 */
export const absenceIsNotTheLimit: Rule = (snapshot) =>
  ofType(snapshot, 'Microsoft.Insights/scheduledQueryRules')
    .filter((alert) => {
      const condition = lastConditionOf(queryOf(alert));
      if (!/(?:==|<=) *0\b|< *1\b/.test(condition)) return false;
      const range = valueAt(alert, 'properties.overrideQueryTimeRange');
      return range !== 'P1D' || !asksForTheLimit(queryOf(alert), condition);
    })
    .map(
      ({ name }) =>
        `alert ${name} can’t tell a failure from the log’s daily limit: infra/modules/alerts.bicep`,
    );

function queryOf(alert: Resource): string {
  return String(valueAt(alert, 'properties.criteria.allOf.0.query'));
}

/** What decides whether the alert fires: the last `where`. */
function lastConditionOf(query: string): string {
  return all(query, /\| *where ([^|]+)/g).at(-1) ?? '';
}

/** The condition denies a name that is bound to what Azure says of the workspace. */
function asksForTheLimit(query: string, condition: string): boolean {
  return all(query, /\blet (\w+) *= *toscalar\(\s*_LogOperation\b/g).some((name) =>
    new RegExp(`\\bnot\\([^|]*\\b${name}\\b`).test(condition),
  );
}

/** Where the app's telemetry goes: the app or its host writes what the queries look for. */
const appTables = ['AppRequests', 'AppTraces', 'AppAvailabilityResults'];

/**
 * What Azure writes about the workspace itself: a category, “Data collection” in the rows about
 * stopping and resuming, and OverQuota in those about stopping.
 *
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/monitor-workspace#operation-data-collection-stopped
 */
const workspaceWords: Record<string, readonly string[]> = {
  _LogOperation: ['Ingestion', 'Data collection', 'OverQuota'],
};

export function queriesFindSomething(names: LoggedNames): Rule {
  return (snapshot) =>
    queriesIn(snapshot)
      .flatMap((query) => query.split(';'))
      .flatMap((statement) => statementProblems(statement, names));
}

function statementProblems(statement: string, names: LoggedNames): string[] {
  const table = statement.match(/(?:^|\()\s*(\w+)\s*\|/)?.[1] ?? '';
  const words = workspaceWords[table];
  if (words) {
    return all(statement, /"([^"]+)"/g)
      .filter((word) => !words.includes(word))
      .map((word) => `a query looks for “${word}” in ${table}, where Azure doesn’t write it`);
  }
  return appTables.includes(table)
    ? appProblems(statement, names)
    : [`a query reads the table “${table}”, which nothing fills`];
}

function appProblems(statement: string, { source, functions }: LoggedNames): string[] {
  const isLogged = (event: string) =>
    new RegExp(`\\b(info|warn|error|note)\\(\\s*'${event}'`).test(source);
  return [
    ...eventsIn(statement)
      .filter((event) => !isLogged(event))
      .map((event) => `a query looks for the event ${event}, which nothing in src logs`),
    ...all(statement, /\bName == "([^"]+)"/g)
      .filter((name) => !functions.includes(name))
      .map((name) => `a query looks for runs of ${name}, which is no function`),
    ...all(statement, /\bhas "([^"]+)"/g)
      .filter((words) => !source.includes(words))
      .map((words) => `a query looks for “${words}”, which nothing in src says`),
  ];
}

function eventsIn(query: string): string[] {
  const lists = all(query, /\bevent in \(([^)]*)\)/g).flatMap((list) => all(list, /"([^"]+)"/g));
  return [...all(query, /\{"event":"([^"]+)"/g), ...lists];
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found]) => found ?? '');
}

/** Groups of instances that are always ready scale a function that there is. */
export function readyFunctionsExist({ functions }: LoggedNames): Rule {
  return (snapshot) =>
    ofType(snapshot, 'Microsoft.Web/sites').flatMap((site) => {
      const ready = valueAt(site, 'properties.functionAppConfig.scaleAndConcurrency.alwaysReady');
      const names = (Array.isArray(ready) ? ready : []).map((group) =>
        String(valueAt(group, 'name')),
      );
      return names
        .filter((name) => name !== 'http' && !functions.includes(name.replace(/^function:/, '')))
        .map((name) => `${name} is to be always ready, and is no function`);
    });
}
