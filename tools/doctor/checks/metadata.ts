import { sameIssuer } from '../../../src/lib/basics/canonical-id.ts';
import { parseObject } from '../../../src/lib/basics/json-object.ts';
import { servesSeveralTenants } from '../../../src/lib/config/config.ts';
import { issuerOf } from '../../../src/lib/msal/authority.ts';
import { faultOf } from '../../../src/lib/msal/network-client.ts';
import { type Check, type Finding, failed, ok, type Subject } from '../check.ts';
import { refusalOf } from '../entra-refusals.ts';
import { metadataUrl } from '../metadata-document.ts';

const mend =
  'Check ENTRA_AUTHORITY_HOST, and that this machine may reach it: name resolution, proxy, firewall.';

/** Whether the tenant is there, those besides it that are allowed, and who issues their tokens. */
export const metadata: Check = {
  name: 'metadata',
  needs: [],
  mend,
  async run(subject) {
    const { tenant, allowedTenants } = subject.config.authority;
    const tenants = [...new Set([tenant, ...allowedTenants])];
    const problems = await Promise.all(tenants.map((each) => problemOf(each, subject)));
    const problem = problems.find((each) => each !== undefined);
    return problem ?? ok(`tenant ${tenant}, issuer ${issuerOf(subject.config.authority, tenant)}`);
  },
};

async function problemOf(tenant: string, subject: Subject): Promise<Finding | undefined> {
  const { send, config, now } = subject;
  const url = metadataUrl(config.authority, tenant);
  const request = { method: 'GET', url, deadlineMs: 10_000, maxBytes: 1024 * 1024 } as const;
  const answer = await send(request);
  const { errorCodes } = faultOf(answer, {
    now: now(),
    severalTenants: servesSeveralTenants(config),
  });
  const refusal = refusalOf(errorCodes);
  if (refusal) {
    const codes = errorCodes.map((code) => `AADSTS${code}`).join(' ');
    return failed(`tenant ${tenant}: ${refusal.detail} (${codes})`, refusal.mend);
  }
  const issuer = answer.status === 200 ? parseObject(answer.body)?.['issuer'] : undefined;
  if (typeof issuer !== 'string') {
    return failed(`${new URL(url).origin} answers ${answer.status} and no OpenID metadata`, mend);
  }
  const expected = issuerOf(config.authority, tenant);
  // With `organizations` the document leaves the tenant open.
  if (sameIssuer(expected, issuer.replace('{tenantid}', tenant))) return undefined;
  return failed(
    `tenant ${tenant}: tokens are issued by ${shown(issuer)}, and accepted from ${expected}`,
    config.authority.metadata
      ? 'Set ENTRA_AUTHORITY_METADATA to what the provider’s metadata document says now.'
      : 'Set ENTRA_AUTHORITY_HOST to the origin of the issuer.',
  );
}

/** What comes from outside is shown if it is an address. */
function shown(issuer: string): string {
  return /^https?:\/\/[\w.:/{}-]{1,200}$/.test(issuer) ? issuer : 'another issuer';
}
