/** The app's tables: there are no others. */
export const tableNames = [
  'tokens',
  'sessions',
  'sids',
  'states',
  'devices',
  'keys',
  'heartbeats',
] as const;

export type TableName = (typeof tableNames)[number];
