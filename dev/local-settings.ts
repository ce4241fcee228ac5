import { existsSync, readFileSync } from 'node:fs';

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

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const placeholder = /^[0-]+$/;

/** Whether a real tenant and app registration are named, not the placeholders of the example. */
export function namesRealTenant(values: SettingValues): boolean {
  const { ENTRA_TENANT_ID: tenant = '', ENTRA_CLIENT_ID: client = '' } = values;
  const isTenant = /^[\w.-]+$/.test(tenant) && !placeholder.test(tenant);
  return isTenant && guid.test(client) && !placeholder.test(client);
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
