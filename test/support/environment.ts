import { randomBytes } from 'node:crypto';
import { type Config, type Environment, parseConfig } from '../../src/lib/config/config.ts';

/** The settings that have no default, and nothing else. */
export const leastEnvironment: Environment = {
  PUBLIC_BASE_URL: 'https://app.example.com',
  ENTRA_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  ENTRA_CLIENT_ID: '99999999-2222-4333-8444-555555555555',
  ENTRA_CREDENTIAL: 'managed-identity',
  TOKEN_STORAGE: 'UseDevelopmentStorage=true',
  LOCAL_WRAPPING_KEY: randomBytes(32).toString('base64'),
};

/** The config of {@link leastEnvironment} with some settings more or other. */
export function configOf(settings: Environment = {}): Config {
  const result = parseConfig({ ...leastEnvironment, ...settings });
  if (result.ok) return result.config;
  throw new Error(JSON.stringify(result.problems));
}
