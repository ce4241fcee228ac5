extension microsoftGraphV1

@description('Name in the tenant by which a later deployment finds the registration again.')
@minLength(1)
param uniqueName string

@description('Name that people see when they sign in.')
param displayName string

@description('Host name of the app.')
param hostName string

@description('Whether users of other tenants may sign in.')
param multiTenant bool

@description('Delegated Graph scopes: names in graph-scopes.json.')
param graphScopes string[]

@description('The app role of back ends that act for absent users.')
param appRole string

@description('Object id of the app’s identity, which stands in for a secret.')
param principalId string

// Ids of Graph’s delegated permissions, the same in every tenant. For another scope add its line: the
// “Identifier”, delegated, at https://learn.microsoft.com/graph/permissions-reference
var scopeIds = loadJsonContent('graph-scopes.json')
// Sign-in itself; without the last there are no refresh tokens.
var protocolScopes = ['openid', 'profile', 'offline_access']
// Microsoft Graph’s own client id.
var graphAppId = '00000003-0000-0000-c000-000000000000'

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg'
  web: {
    homePageUrl: 'https://${hostName}/'
    redirectUris: ['https://${hostName}/callback']
    // Entra loads it into a frame when a user signs out elsewhere.
    logoutUrl: 'https://${hostName}/logout/front-channel'
    // Codes only: no token ever comes through the browser.
    implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false }
  }
  optionalClaims: {
    idToken: [
      // Which of Entra’s sessions a sign-in came from: front-channel sign-out names it.
      { name: 'sid', essential: false }
      // Spares the user the choice of an account when they sign out.
      { name: 'login_hint', essential: false }
    ]
  }
  requiredResourceAccess: [
    {
      resourceAppId: graphAppId
      resourceAccess: map(union(protocolScopes, graphScopes), scope => {
        id: scopeIds[scope]
        type: 'Scope'
      })
    }
  ]
  api: { requestedAccessTokenVersion: 2 }
  appRoles: [
    {
      id: guid(uniqueName, appRole)
      value: appRole
      displayName: 'Act for absent users'
      description: 'Gets tokens and Graph data of users who are away, within what they consented to.'
      allowedMemberTypes: ['Application']
      isEnabled: true
    }
  ]
  // Other tenants can add no credential of their own to their copy of the app.
  servicePrincipalLockConfiguration: { isEnabled: true, allProperties: true }
}

// What makes the app itself in place of a secret or a certificate: a token of its managed identity.
// @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
resource trust 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${application.uniqueName}/managed-identity'
  description: 'The managed identity of the function app'
  issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
  subject: principalId
  audiences: ['api://AzureADTokenExchange']
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
}

@description('Client id.')
output clientId string = application.appId

@description('Object id in this tenant, to which back ends’ app role assignments refer.')
output servicePrincipalId string = servicePrincipal.id
