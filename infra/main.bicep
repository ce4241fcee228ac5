metadata description = 'Evergreen: the function app and all it needs, with no secret in any setting.'

import { alwaysReadyType, signInType, tagsType, tuningType } from 'modules/types.bicep'

@description('What this deployment is called, such as dev or prod. Part of every name.')
@minLength(2)
@maxLength(10)
param environmentName string

@description('Name of the azd environment. It is part of the hash in every name: two environments in one resource group have no resource in common.')
@minLength(1)
param azdEnvironmentName string = environmentName

@description('Azure region. It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags tagsType = {}

@description('Own domain name of the app, once it is bound to it; empty: the one that Azure gives.')
param publicHostName string = ''

@description('Who may sign in, what may be asked of Graph, and who may act for absent users.')
param signIn signInType

@description('Settings about time and load that are not the app’s default.')
param tuning tuningType = {}

@description('Client id of a registration that somebody else has made, as modules/app-registration.bicep would make it; empty: it is made here.')
param existingClientId string = ''

@description('With that one: client id of the public client for device sign-in.')
param existingDeviceClientId string = ''

@description('Major version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('On-demand instances at most, of each group of functions that scales by itself: all HTTP functions are one group, each other function is one. Below 40 is a preview in a few regions, and saves nothing: only what runs is paid for.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Instances that never go away. Each costs while it idles.')
param alwaysReady alwaysReadyType = { http: 0, refreshWorker: 0 }

@description('Requests that one instance answers at a time.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 32

@description('Users that one instance takes from the queue at a time; it takes more when half of them are done.')
@minValue(1)
@maxValue(32)
param queueBatchSize int = 16

@description('Whether instances are spread over availability zones. Azure then keeps two ready instances for the HTTP group and for each other function, and bills them as always ready.')
param zoneRedundant bool = false

@description('Redundancy of the tables. A failover to another region loses the last minutes’ refreshes.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageRedundancy string = 'Standard_ZRS'

@description('Days after which an earlier deployment package is deleted.')
@minValue(1)
@maxValue(365)
param keepPackagesDays int = 30

@description('Whether each request to storage is logged. Costs with the number of users.')
param logStorageRequests bool = false

@description('Days for which a deleted vault can be brought back, and its name is taken. Choose before the first deployment: Azure refuses to change it once the vault exists.')
@minValue(7)
@maxValue(90)
param vaultSoftDeleteDays int = 90

@description('Whether to bring back the vault of this name, which was deleted with an earlier deployment. For one deployment only.')
param recoverVault bool = false

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Gigabytes of logs a day after which Azure takes in no more, so that alerts on logs are blind (logs-capped says so); -1: no limit.')
@minValue(-1)
param logDailyLimitGb int = -1

@description('Resource id of the action group that alerts tell; empty: nobody is told.')
param actionGroupId string = ''

@description('Time without a sweep after which an alert is raised: several intervals of REFRESH_SCHEDULE.')
@allowed(['PT10M', 'PT15M', 'PT30M', 'PT1H', 'PT2H', 'PT6H'])
param sweepAlertWindow string = 'PT10M'

@description('Seconds between two requests of an availability test to /health/refresh, at each place.')
@allowed([300, 600, 900])
param availabilityIntervalSeconds int = 300

@description('Whether storage account and vault are locked against deletion.')
param lockData bool = false

@description('Whether storage and vault are reached through private endpoints alone.')
param privateNetwork bool = false

@description('Addresses of the private network, in CIDR notation: a /24 or more.')
param networkAddressPrefix string = '10.20.0.0/24'

var suffix = uniqueString(resourceGroup().id, environmentName, azdEnvironmentName)
var baseName = 'evergreen-${environmentName}-${suffix}'
var allTags = union(tags, {
  application: 'evergreen'
  environment: environmentName
  'azd-env-name': azdEnvironmentName
})
var storageName = 'stevergreen${suffix}'
var vaultName = 'kv-eg-${suffix}'
var insightsName = 'appi-${baseName}'
var appName = 'func-${baseName}'
var keyName = 'token-wrapping'
var appRole = 'Evergreen.ActForUsers'
var multiTenant = !empty(signIn.allowedTenants)
var makeRegistration = empty(existingClientId)

module identity 'modules/identity.bicep' = {
  params: {
    name: 'id-${baseName}'
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: 'log-${baseName}'
    insightsName: insightsName
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyLimitGb: logDailyLimitGb
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageName
    location: location
    tags: allTags
    sku: storageRedundancy
    isPrivate: privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    logRequests: logStorageRequests
    keepPackagesDays: keepPackagesDays
  }
}

module keyVault 'modules/key-vault.bicep' = {
  params: {
    name: vaultName
    location: location
    tags: allTags
    keyName: keyName
    workspaceId: monitoring.outputs.workspaceId
    isPrivate: privateNetwork
    softDeleteDays: vaultSoftDeleteDays
    recover: recoverVault
  }
}

// In a module of its own: their names hold an id that only a deployment knows, so what-if leaves
// them out, and would leave out all else that was in the same module.
module roles 'modules/roles.bicep' = {
  params: {
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
    storageName: storageName
    vaultName: vaultName
    keyName: keyName
    insightsName: insightsName
  }
  dependsOn: [storage, keyVault, monitoring]
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    name: 'vnet-${baseName}'
    location: location
    tags: allTags
    addressPrefix: networkAddressPrefix
    storageId: storage.outputs.id
    vaultId: keyVault.outputs.id
  }
}

module functionApp 'modules/function-app.bicep' = {
  params: {
    name: appName
    planName: 'plan-${baseName}'
    location: location
    tags: allTags
    identityId: identity.outputs.id
    packageContainerUri: storage.outputs.packageContainerUri
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
  }
  // The host starts with its roles.
  dependsOn: [roles]
}

var hostName = empty(publicHostName) ? functionApp.outputs.hostName : publicHostName

module appRegistration 'modules/app-registration.bicep' = if (makeRegistration) {
  params: {
    uniqueName: baseName
    displayName: 'Evergreen (${environmentName})'
    hostName: hostName
    multiTenant: multiTenant
    graphScopes: signIn.graphScopes
    appRole: appRole
    principalId: identity.outputs.principalId
  }
}

module deviceRegistration 'modules/device-registration.bicep' = if (makeRegistration && signIn.deviceSignIn) {
  params: {
    uniqueName: '${baseName}-device'
    displayName: 'Evergreen on devices (${environmentName})'
    multiTenant: multiTenant
    graphScopes: signIn.deviceScopes
  }
}

var clientId = makeRegistration ? appRegistration!.outputs.clientId : existingClientId
var deviceClientId = !signIn.deviceSignIn
  ? ''
  : makeRegistration ? deviceRegistration!.outputs.clientId : existingDeviceClientId

module appSettings 'modules/app-settings.bicep' = {
  params: {
    appName: appName
    hostName: hostName
    clientId: clientId
    deviceClientId: deviceClientId
    identityClientId: identity.outputs.clientId
    appRole: appRole
    signIn: signIn
    tuning: tuning
    storageName: storageName
    keyId: keyVault.outputs.keyId
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    queueBatchSize: queueBatchSize
  }
}

module availability 'modules/availability.bicep' = {
  params: {
    name: 'avail-${baseName}'
    location: location
    tags: allTags
    hostName: hostName
    insightsId: monitoring.outputs.insightsId
    intervalSeconds: availabilityIntervalSeconds
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    namePrefix: baseName
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    storageId: storage.outputs.id
    vaultId: keyVault.outputs.id
    availabilityTestId: availability.outputs.id
    actionGroupId: actionGroupId
    sweepWindow: sweepAlertWindow
  }
}

module workbook 'modules/workbook.bicep' = {
  params: {
    name: guid(resourceGroup().id, baseName)
    displayName: 'Evergreen ${azdEnvironmentName}: refresh service level'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module locks 'modules/locks.bicep' = if (lockData) {
  params: {
    storageName: storageName
    vaultName: vaultName
  }
  dependsOn: [storage, keyVault]
}

// They begin in lower case: Azure gives back others in a mixture of its own.
@description('Name of the function app: where the package goes.')
output functionAppName string = functionApp.outputs.name

@description('Where the app answers.')
output publicBaseUrl string = 'https://${hostName}'

@description('Client id of the app registration.')
output registrationClientId string = clientId

@description('Client id of the registration for device sign-in; empty: there is none.')
output deviceRegistrationClientId string = deviceClientId

@description('Object id of the app in Entra, to which back ends’ app role assignments refer; empty with existingClientId.')
output servicePrincipalId string = makeRegistration
  ? appRegistration!.outputs.servicePrincipalId
  : ''

@description('Object id of the identity that the registration must trust, with existingClientId.')
output identityPrincipalId string = identity.outputs.principalId

@description('Client id of the identity.')
output identityClientId string = identity.outputs.clientId

@description('Name of the vault.')
output keyVaultName string = vaultName

@description('Name of the storage account.')
output storageAccountName string = storageName

@description('Resource id of the workbook.')
output workbookId string = workbook.outputs.id
