import { alwaysReadyType, tagsType } from 'types.bicep'

@description('Name of the app.')
param name string

@description('Name of its plan.')
param planName string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Resource id of the app’s identity.')
param identityId string

@description('The container with the deployment package.')
param packageContainerUri string

@description('Major version of Node.js.')
param nodeVersion string

@description('Memory of an instance, in MB.')
param instanceMemoryMB int

@description('On-demand instances at most, of each group of functions that scales by itself.')
param maximumInstanceCount int

@description('Instances that never go away.')
param alwaysReady alwaysReadyType

@description('Requests that one instance answers at a time.')
param httpConcurrency int

@description('Whether instances are spread over availability zones.')
param zoneRedundant bool

@description('Resource id of the subnet through which the app reaches what is private; empty: none.')
param subnetId string

// What is always ready by group: all HTTP functions scale together, each other function alone.
var readyGroups = [
  { name: 'http', instanceCount: alwaysReady.http }
  { name: 'function:refresh-worker', instanceCount: alwaysReady.refreshWorker }
]

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    // Linux.
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app of the service `app` in azure.yaml by its name, or, before azd knows the
  // deployment's outputs, by this tag.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: filter(readyGroups, group => group.instanceCount > 0)
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
  }
}

// Nobody deploys with a user name and a password: azd and az do as the person who is signed in.
resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

@description('Name.')
output name string = app.name

@description('Resource id.')
output id string = app.id

@description('The host name that Azure gives it.')
output hostName string = app.properties.defaultHostName
