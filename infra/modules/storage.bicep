import { tagsType } from 'types.bicep'

@description('Name of the account.')
param name string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Redundancy of what is stored.')
param sku string

@description('Whether only private endpoints reach the account.')
param isPrivate bool

@description('Resource id of the workspace that gets the account’s logs.')
param workspaceId string

@description('Whether each request to tables, queues and blobs is logged.')
param logRequests bool

@description('Days after which an earlier deployment package is deleted.')
param keepPackagesDays int

// What src/lib/stores.ts and src/lib/storage name.
@export()
var tableNames = ['tokens', 'sessions', 'sids', 'states', 'devices', 'keys', 'heartbeats']
// The Functions host moves a message of the first that keeps failing to the second.
@export()
var queueNames = ['refresh', 'refresh-poison']
var packageContainerName = 'deployments'
var requestLogs = [{ categoryGroup: 'allLogs', enabled: true }]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    // Neither account keys nor the SAS that are signed with them: only identities get in.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [
  for tableName in tableNames: {
    parent: tableService
    name: tableName
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [
  for queueName in queueNames: {
    parent: queueService
    name: queueName
  }
]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: packageContainerName
  properties: { publicAccess: 'None' }
}

// The package that runs is one blob, which instances load when they start, so it must stay, however
// old it is. What a deployment has replaced is a version of it; its days count from its own deployment.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'earlier-packages'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${packageContainerName}/'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: keepPackagesDays } } }
          }
        }
        {
          // The host writes down each run of a timer, and has no use for what it wrote before.
          name: 'host-versions'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['azure-webjobs-'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: 1 } } }
          }
        }
      ]
    }
  }
}

// Requests, by whom and from where. Metrics, which alerts use, need no setting.
resource tableLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (logRequests) {
  name: 'to-workspace'
  scope: tableService
  properties: { workspaceId: workspaceId, logs: requestLogs }
}

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (logRequests) {
  name: 'to-workspace'
  scope: queueService
  properties: { workspaceId: workspaceId, logs: requestLogs }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (logRequests) {
  name: 'to-workspace'
  scope: blobService
  properties: { workspaceId: workspaceId, logs: requestLogs }
}

@description('Resource id.')
output id string = account.id

@description('The container with the deployment package.')
output packageContainerUri string = 'https://${account.name}.blob.${environment().suffixes.storage}/${packages.name}'
