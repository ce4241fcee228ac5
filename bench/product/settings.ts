import { randomBytes } from 'node:crypto';
import { openidMetadata } from '../../dev/identity-provider/endpoints.ts';
import { clientId, clientSecret, tenantId } from '../stubs/entra/directory.ts';
import { tableConnection } from '../stubs/tables/connection.ts';

/** What the product's processes and the seeding have in common: its settings. */
export type ProductSettings = Readonly<Record<string, string>>;

/** Origins of the stubs. */
export interface Surroundings {
  readonly tables: string;
  readonly entra: string;
  readonly graph: string;
}

export function productSettings({ tables, entra, graph }: Surroundings): ProductSettings {
  return {
    PUBLIC_BASE_URL: 'http://localhost:7071',
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: clientId,
    ENTRA_CREDENTIAL: 'secret',
    ENTRA_CLIENT_SECRET: clientSecret,
    ENTRA_AUTHORITY_HOST: entra,
    ENTRA_AUTHORITY_METADATA: JSON.stringify(openidMetadata(entra, tenantId)),
    GRAPH_BASE_URL: graph,
    GRAPH_SCOPES: 'User.Read',
    TOKEN_STORAGE: tableConnection(tables).connectionString,
    LOCAL_WRAPPING_KEY: randomBytes(32).toString('base64'),
    // More than any run uses.
    REFRESH_BUDGET_PER_SECOND: '10000',
  };
}
