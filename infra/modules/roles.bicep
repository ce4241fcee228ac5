import { queueNames, tableNames } from 'storage.bicep'

@description('Object id of the app’s identity. Every assignment’s name contains it: Azure can’t change an assignment’s principal, so an identity that was deleted and made again needs assignments of its own.')
param principalId string

@description('Name of the storage account.')
param storageName string

@description('Name of the vault.')
param vaultName string

@description('Name of the key that wraps the keys that seal tokens.')
param keyName string

@description('Name of the Application Insights resource.')
param insightsName string

// @see https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roleIds = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  keyVaultCryptoServiceEncryptionUser: 'e147488a-f6f5-4113-8e2d-b22465e65bf6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [
  for tableName in tableNames: {
    parent: tableService
    name: tableName
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = [
  for queueName in queueNames: {
    parent: queueService
    name: queueName
  }
]

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource key 'Microsoft.KeyVault/vaults/keys@2025-05-01' existing = {
  parent: vault
  name: keyName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// The app reads and writes rows, alone and in transactions (src/lib/storage/table.ts), in these
// tables and no others.
resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (tableName, index) in tableNames: {
    name: guid(tables[index].id, principalId, roleIds.storageTableDataContributor)
    scope: tables[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roleIds.storageTableDataContributor
      )
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// The sweep sends messages and reads the queue's length (src/lib/storage/refresh-queue.ts). The
// host's trigger receives, deletes and, while a function runs or has failed, updates messages, and
// moves those that keep failing to the poison queue. Only this role may update.
resource queueRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, index) in queueNames: {
    name: guid(queues[index].id, principalId, roleIds.storageQueueDataContributor)
    scope: queues[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roleIds.storageQueueDataContributor
      )
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// AzureWebJobsStorage: the Functions host makes and lists containers of its own for leases, timers
// and keys, and a deployment writes its package. Listing and making containers are rights in the
// account, so a container's scope can't work. The account holds no blob that isn't the host's.
// @see https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
resource hostRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, roleIds.storageBlobDataOwner)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.storageBlobDataOwner
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// The app gets the key's newest version, wraps and unwraps (src/lib/key-vault). This role allows
// these three operations and no other, on this key alone.
resource keyRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(key.id, principalId, roleIds.keyVaultCryptoServiceEncryptionUser)
  scope: key
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.keyVaultCryptoServiceEncryptionUser
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// The Functions host sends requests and traces as this identity, and may do nothing else here.
resource publisherRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, roleIds.monitoringMetricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.monitoringMetricsPublisher
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
