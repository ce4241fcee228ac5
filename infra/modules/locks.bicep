@description('Name of the storage account.')
param storageName string

@description('Name of the vault.')
param vaultName string

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

// What can’t be made again. Everything else a deployment brings back.
resource accountLock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: account
  properties: { level: 'CanNotDelete', notes: 'Everybody’s tokens' }
}

resource vaultLock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: vault
  properties: { level: 'CanNotDelete', notes: 'The key without which no token can be read' }
}
