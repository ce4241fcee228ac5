/** Alerts and the workbook look for what the app really logs. */
import { ofType, type Rule, type Snapshot, valueAt } from '../snapshot.ts';

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
  const rules = ofType(snapshot, 'Microsoft.Insights/scheduledQueryRules').map((rule) =>
    String(valueAt(rule, 'properties.criteria.allOf.0.query')),
  );
  const books = ofType(snapshot, 'Microsoft.Insights/workbooks').flatMap((book) => {
    const text = String(valueAt(book, 'properties.serializedData'));
    // An expression: its text is known when the workspace is.
    const items = [...text.matchAll(/"query": ("(?:[^"\\]|\\.)*")/g)];
    return items.map(([, query]) => String(JSON.parse(query ?? '""')));
  });
  return [...rules, ...books];
}

export function queriesFindSomething({ source, functions }: LoggedNames): Rule {
  const isLogged = (event: string) =>
    new RegExp(`\\b(info|warn|error|warn|note)\\(\\s*'${event}'`).test(source);
  return (snapshot) =>
    queriesIn(snapshot).flatMap((query) => [
      ...eventsIn(query)
        .filter((event) => !isLogged(event))
        .map((event) => `a query looks for the event ${event}, which nothing in src logs`),
      ...all(query, /\bName == "([^"]+)"/g)
        .filter((name) => !functions.includes(name))
        .map((name) => `a query looks for runs of ${name}, which is no function`),
      ...all(query, /\bhas "([^"]+)"/g)
        .filter((words) => !source.includes(words))
        .map((words) => `a query looks for “${words}”, which nothing in src says`),
    ]);
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
