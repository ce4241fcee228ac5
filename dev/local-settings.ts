import { existsSync, readFileSync } from 'node:fs';
import { isGuid } from '../src/lib/basics/canonical-id.ts';

export type SettingValues = Readonly<Record<string, string>>;

/**
 * The `Values` of a local.settings.json, without those that are empty; none without the file.
 * @throws when it is not such a file
 * @see https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file
 */
export function readLocalSettings(path: string): SettingValues {
  if (!existsSync(path)) return {};
  const root = parse(path);
  const values = isRecord(root) && isRecord(root['Values']) ? root['Values'] : undefined;
  if (!values) throw new Error(`${path} has no object "Values"`);
  const entries = Object.entries(values).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

const placeholder = /^[0-]*$/;

/** Whether a real tenant and app registration are named, not the placeholders of the example. */
export function namesRealTenant(values: SettingValues): boolean {
  return idSettings(values).every(({ state }) => state === 'good');
}

/**
 * Why settings that seem to name a real tenant don't, without their values. Undefined when they do,
 * and when neither the tenant nor the app registration is set.
 */
export function whyNoRealTenant(values: SettingValues): string | undefined {
  const settings = idSettings(values);
  if (settings.every(({ state }) => state === 'unset')) return undefined;
  const problems = settings.flatMap(({ name, state, form }) => {
    if (state === 'good') return [];
    return [state === 'unset' ? `${name} is missing` : `${name} is not ${form}`];
  });
  return problems.join(', ') || undefined;
}

interface IdSetting {
  readonly name: string;
  /** A placeholder counts as unset. */
  readonly state: 'unset' | 'malformed' | 'good';
  /** What it ought to be. */
  readonly form: string;
}

function idSettings(values: SettingValues): readonly IdSetting[] {
  const {
    ENTRA_TENANT_ID: tenant,
    ENTRA_CLIENT_ID: client,
    ENTRA_AUTHORITY_METADATA: metadata,
  } = values;
  // As in the app: other names than ids only where the metadata of another stand-in is given.
  const isTenant = (text: string) =>
    isGuid(text) || text === 'organizations' || (metadata !== undefined && /^[\w.-]+$/.test(text));
  return [
    {
      name: 'ENTRA_TENANT_ID',
      state: stateOf(tenant, isTenant),
      form: 'the tenant’s id (a GUID) or organizations',
    },
    {
      name: 'ENTRA_CLIENT_ID',
      state: stateOf(client, isGuid),
      form: 'the app registration’s id (a GUID)',
    },
  ];
}

/** The app ignores space around a value. */
function stateOf(value: string | undefined, isGood: (text: string) => boolean): IdSetting['state'] {
  const text = value?.trim() ?? '';
  if (placeholder.test(text)) return 'unset';
  return isGood(text) ? 'good' : 'malformed';
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is not JSON`, { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
