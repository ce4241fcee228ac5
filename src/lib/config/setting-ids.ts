/**
 * Settings that are ids in Entra. Each is brought to its canonical form. Whether an id has to be a
 * GUID depends on the other settings: a stand-in for Entra may have ids of another form.
 */

import * as v from 'valibot';
import { canonicalId, isGuid } from '../basics/canonical-id.ts';
import { list } from './setting-values.ts';

export const clientIdProblem = 'must be the client’s id (a GUID)';
export const clientIdsProblem = 'must be a list of client ids (GUIDs)';
export const tenantProblem = 'must be the tenant’s id (a GUID) or organizations';
export const tenantsProblem = 'must be a list of tenant ids (GUIDs)';

const plainName = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** The id of a client in Entra. */
export function clientId() {
  return v.pipe(v.string(), v.regex(plainName, clientIdProblem), v.transform(canonicalId));
}

/** Ids of clients in Entra, separated by spaces or commas. */
export function clientIds() {
  return v.pipe(
    list(),
    v.everyItem((id) => plainName.test(id), clientIdsProblem),
    v.transform((ids) => ids.map(canonicalId)),
  );
}

/** The client id of a managed identity. */
export function identityClientId() {
  return v.pipe(
    v.string(),
    v.check(isGuid, 'must be the managed identity’s client id (a GUID)'),
    v.transform(canonicalId),
  );
}

/** The value of an app role, as `roles` in a token has it. */
export function appRole() {
  return v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e]{1,250}$/, 'must be the value of an app role, without blanks'),
  );
}

const tenantName = /^[A-Za-z0-9][A-Za-z0-9.-]{0,127}$/;

/** A tenant's id, or `organizations`. */
export function tenant() {
  return v.pipe(
    v.string(),
    v.check(isTenant, tenantProblem),
    v.transform((text) => (isOrganizations(text) ? 'organizations' : canonicalId(text))),
  );
}

/** Ids of tenants, separated by spaces or commas. */
export function tenants() {
  return v.pipe(
    list(),
    v.everyItem((text) => isTenant(text) && !isOrganizations(text), tenantsProblem),
    v.transform((ids) => ids.map(canonicalId)),
  );
}

/** `common` and `consumers` stand for personal accounts, which have no tenant here. */
function isTenant(text: string): boolean {
  return tenantName.test(text) && !/^(?:common|consumers)$/i.test(text);
}

function isOrganizations(text: string): boolean {
  return text.toLowerCase() === 'organizations';
}
