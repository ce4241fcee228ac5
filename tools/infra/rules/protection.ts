/** Keys, telemetry and deployments: nothing gets in without an identity, and nothing is lost. */
import { mustHave, ofType, type Rule, valueAt } from '../snapshot.ts';
import { isAppIdentity } from './roles.ts';

export const vaultIsProtected: Rule = (snapshot) => [
  ...mustHave(
    snapshot,
    'Microsoft.KeyVault/vaults',
    { 'properties.enableRbacAuthorization': true, 'properties.enablePurgeProtection': true },
    'without the key every token is lost',
  ),
  ...mustHave(
    snapshot,
    'Microsoft.KeyVault/vaults/keys',
    { 'properties.kty': 'RSA', 'properties.keySize': 3072 },
    'the app wraps with RSA-OAEP-256',
  ),
  ...ofType(snapshot, 'Microsoft.KeyVault/vaults/keys')
    .filter(
      (key) =>
        !JSON.stringify(valueAt(key, 'properties.rotationPolicy') ?? '').includes('"rotate"'),
    )
    .map((key) => `${key.name} has no rotation policy: infra/modules/key-vault.bicep`),
];

export const localAuthenticationIsOff: Rule = (snapshot) => [
  ...mustHave(
    snapshot,
    'Microsoft.Insights/components',
    { 'properties.DisableLocalAuth': true },
    'whoever has the connection string could send telemetry',
  ),
  ...mustHave(
    snapshot,
    'Microsoft.OperationalInsights/workspaces',
    { 'properties.features.disableLocalAuth': true },
    'whoever has the workspace’s key could write logs',
  ),
];

export const deploymentNeedsAnIdentity: Rule = (snapshot) => [
  ...mustHave(
    snapshot,
    'Microsoft.Web/sites',
    {
      'identity.type': 'UserAssigned',
      'properties.functionAppConfig.deployment.storage.authentication.type': 'UserAssignedIdentity',
    },
    'the package must be read with the app’s identity',
  ),
  ...mustHave(
    snapshot,
    'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
    { 'properties.allow': false },
    'a password would be enough to deploy',
  ),
];

/** Properties of a registration that would hold a secret or a certificate. */
const credentials = ['properties.passwordCredentials', 'properties.keyCredentials'];

export const registrationHasNoSecret: Rule = (snapshot) => {
  const registrations = ofType(snapshot, 'Microsoft.Graph/applications');
  const web = registrations.find((each) => valueAt(each, 'properties.web') !== undefined);
  const trusts = ofType(snapshot, 'Microsoft.Graph/applications/federatedIdentityCredentials');
  return [
    ...registrations.flatMap((registration) =>
      credentials
        .filter((path) => valueAt(registration, path) !== undefined)
        .map(
          (path) => `${valueAt(registration, 'properties.uniqueName')} has ${path}: take it out`,
        ),
    ),
    ...(web && trusts.length === 0 ? ['the registration trusts no managed identity'] : []),
    ...trusts
      .filter((trust) => !isAppIdentity(valueAt(trust, 'properties.subject')))
      .map(() => 'the registration trusts somebody else than the app’s identity'),
    ...(web ? signInProblems(web) : []),
  ];
};

/** What src/functions/callback.ts and front-channel-logout.ts rely on. */
function signInProblems(registration: unknown): string[] {
  const web = JSON.stringify(valueAt(registration, 'properties.web'));
  const claims = JSON.stringify(valueAt(registration, 'properties.optionalClaims.idToken') ?? []);
  return [
    ...['/callback', '/logout/front-channel']
      .filter((path) => !web.includes(`{0}${path}'`) && !web.includes(`${path}"`))
      .map((path) => `the registration does not lead to ${path}`),
    ...['sid', 'login_hint']
      .filter((claim) => !claims.includes(`"${claim}"`))
      .map((claim) => `the registration does not ask for the ID token’s claim ${claim}`),
  ];
}
