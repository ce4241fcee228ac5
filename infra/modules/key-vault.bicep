import { tagsType } from 'types.bicep'

@description('Name of the vault.')
param name string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Name of the key that wraps the keys that seal tokens.')
param keyName string

@description('Resource id of the workspace that gets the vault’s logs.')
param workspaceId string

@description('Whether only a private endpoint reaches the vault.')
param isPrivate bool

@description('Days for which a deleted vault can be brought back, and its name is taken. Azure refuses to change it once the vault exists.')
param softDeleteDays int

@description('Whether to bring back the vault of this name, which was deleted.')
param recover bool

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    createMode: recover ? 'recover' : 'default'
    // Roles, and no access policies beside them.
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: softDeleteDays
    // Without its key every token is lost: nobody may end that time early.
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

// Deployments that come later leave the key, its versions and its policy as they are.
resource key 'Microsoft.KeyVault/vaults/keys@2025-05-01' = {
  parent: vault
  name: keyName
  tags: tags
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
    attributes: { enabled: true, exportable: false }
    // A version each half year. Within an hour the app rewraps its data keys with the newest version.
    // Until then it needs the version before, so versions have no expiry.
    rotationPolicy: {
      lifetimeActions: [
        {
          trigger: { timeAfterCreate: 'P6M' }
          action: { type: 'rotate' }
        }
      ]
    }
  }
}

// Who used the key, and who changed who may.
resource auditLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

@description('Resource id.')
output id string = vault.id

@description('The key without a version: the app uses the newest.')
output keyId string = key.properties.keyUri
