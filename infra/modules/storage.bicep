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

@description('Name of the app’s identity: with it role assignments are named before it is there.')
param identityName string

@description('Object id of the app’s identity.')
param principalId string

@description('Resource id of the workspace that gets the account’s logs.')
param workspaceId string

@description('Whether each request to tables, queues and blobs is logged.')
param logRequests bool

@description('Days after which an earlier deployment package is deleted.')
param keepPackagesDays int

// What src/lib/services.ts and src/lib/storage name.
var tableNames = ['tokens', 'sessions', 'sids', 'states', 'devices', 'keys', 'heartbeats']
// The second is where the Functions host puts messages of the first that have failed too often.
var queueNames = ['refresh', 'refresh-poison']
var packageContainerName = 'deployments'
var requestLogs = [{ categoryGroup: 'allLogs', enabled: true }]

// @see https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
var roleIds = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

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

// The app reads and writes rows, alone and in transactions (src/lib/storage/table.ts), in these
// tables and no others.
resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (tableName, index) in tableNames: {
    name: guid(tables[index].id, identityName, roleIds.tableDataContributor)
    scope: tables[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roleIds.tableDataContributor
      )
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// The sweep sends messages and reads the queue's length (src/lib/storage/refresh-queue.ts). The
// host's trigger receives, deletes and, while a function runs or has failed, updates messages, and
// puts those that fail again and again into the poison queue. Only this role may update.
resource queueRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, index) in queueNames: {
    name: guid(queues[index].id, identityName, roleIds.queueDataContributor)
    scope: queues[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roleIds.queueDataContributor
      )
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// AzureWebJobsStorage: the Functions host makes and lists containers of its own for leases, timers
// and keys, and a deployment writes its package. Listing and making containers are rights in the
// account, so a container's scope can't work; there is no blob in it that is not the host's.
// @see https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
resource hostRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, identityName, roleIds.blobDataOwner)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.blobDataOwner
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
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
