import { signInType, tuningType } from 'types.bicep'

@description('Name of the function app.')
param appName string

@description('Host name of the app.')
param hostName string

@description('Client id of the app registration.')
param clientId string

@description('Client id of the public client for device sign-in, where that is on.')
param deviceClientId string

@description('Client id of the app’s identity.')
param identityClientId string

@description('The app role of back ends.')
param appRole string

@description('Who may sign in, and what for.')
param signIn signInType

@description('Settings about time and load.')
param tuning tuningType

@description('Name of the storage account.')
param storageName string

@description('The key that wraps the keys that seal tokens, without a version.')
param keyId string

@description('Where telemetry goes.')
param insightsConnectionString string

@description('Users that one instance refreshes at a time.')
@minValue(1)
@maxValue(32)
param queueBatchSize int

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

// Settings of the Functions host. None is a secret: connections are an address and an identity.
var hostSettings = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  // Else the host writes events to a table of its own, in which the identity has no rights.
  AzureWebJobsFeatureFlags: 'DisableDiagnosticEventLogging'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
  // What alerts and audits read is never left out by sampling; the rest may be.
  AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__excludedTypes: 'Request;Trace;Exception'
  AzureFunctionsJobHost__extensions__queues__batchSize: string(queueBatchSize)
}

// Settings of the app: src/lib/config/settings.ts. What is left out has the app’s default.
var appSettings = {
  PUBLIC_BASE_URL: 'https://${hostName}'
  ENTRA_TENANT_ID: empty(signIn.allowedTenants) ? tenant().tenantId : 'organizations'
  ENTRA_CLIENT_ID: clientId
  ENTRA_CREDENTIAL: 'managed-identity'
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: identityClientId
  GRAPH_SCOPES: join(signIn.graphScopes, ' ')
  TOKEN_STORAGE__tableServiceUri: 'https://${storageName}.table.${environment().suffixes.storage}'
  TOKEN_STORAGE__queueServiceUri: 'https://${storageName}.queue.${environment().suffixes.storage}'
  TOKEN_STORAGE__credential: 'managedidentity'
  TOKEN_STORAGE__clientId: identityClientId
  KEY_VAULT_KEY_ID: keyId
}

var optionalSettings = union(
  empty(signIn.allowedTenants) ? {} : { ENTRA_ALLOWED_TENANTS: join(signIn.allowedTenants, ' ') },
  empty(signIn.graphSignInScopes)
    ? {}
    : { GRAPH_SIGNIN_SCOPES: join(signIn.graphSignInScopes, ' ') },
  empty(signIn.graphRoutes) ? {} : { GRAPH_ROUTES: string(signIn.graphRoutes) },
  signIn.deviceSignIn
    ? { ENTRA_DEVICE_CLIENT_ID: deviceClientId, DEVICE_SCOPES: join(signIn.deviceScopes, ' ') }
    : {},
  signIn.backEnds ? { ENTRA_APP_ROLE: appRole } : {},
  signIn.backEnds && !empty(signIn.backEndClientIds)
    ? { ENTRA_BACKEND_CLIENT_IDS: join(signIn.backEndClientIds, ' ') }
    : {}
)

// A resource of its own: settings hold the registration’s client id, and the registration the app’s
// host name.
resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(hostSettings, appSettings, optionalSettings, tuning)
}
