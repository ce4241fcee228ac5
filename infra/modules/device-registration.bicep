extension microsoftGraphV1

@description('Name in the tenant by which a later deployment finds the registration again.')
@minLength(1)
param uniqueName string

@description('Name that people see when they enter a code.')
param displayName string

@description('Whether users of other tenants may sign in.')
param multiTenant bool

@description('Delegated Graph scopes: names in graph-scopes.json.')
param graphScopes string[]

var scopeIds = loadJsonContent('graph-scopes.json')
var protocolScopes = ['openid', 'profile', 'offline_access']
var graphAppId = '00000003-0000-0000-c000-000000000000'

// A registration of its own, so that the one of the web app is no public client: that can’t prove who
// it is. It has no redirect URI and can do nothing but the device-code flow.
resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg'
  isFallbackPublicClient: true
  requiredResourceAccess: [
    {
      resourceAppId: graphAppId
      resourceAccess: map(union(protocolScopes, graphScopes), scope => {
        id: scopeIds[scope]
        type: 'Scope'
      })
    }
  ]
  servicePrincipalLockConfiguration: { isEnabled: true, allProperties: true }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
}

@description('Client id.')
output clientId string = servicePrincipal.appId
