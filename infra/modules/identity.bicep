import { tagsType } from 'types.bicep'

@description('Name of the identity.')
param name string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

// The one identity of the app: it speaks to storage, to Key Vault and to Application Insights, and
// it is what the app registration trusts in place of a secret. It is user-assigned, so that it and its
// roles (roles.bicep) exist before the app.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Client id, by which settings name it.')
output clientId string = identity.properties.clientId

@description('Object id, to which roles are given.')
output principalId string = identity.properties.principalId
