import { tagsType } from 'types.bicep'

@description('Name of the virtual network.')
param name string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Addresses, in CIDR notation: a /24 or more.')
param addressPrefix string

@description('Resource id of the storage account.')
param storageId string

@description('Resource id of the vault.')
param vaultId string

// What the app reaches through a private endpoint, each with the zone in which its name is found.
var endpoints = [
  { name: 'blob', zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { name: 'queue', zone: 'privatelink.queue.${environment().suffixes.storage}' }
  { name: 'table', zone: 'privatelink.table.${environment().suffixes.storage}' }
  { name: 'vault', zone: 'privatelink.vaultcore.azure.net' }
]

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
  }

  resource appSubnet 'subnets' = {
    name: 'app'
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 25, 0)
      // Flex Consumption needs this delegation, and shares the subnet with nothing else.
      delegations: [
        {
          name: 'functions'
          properties: { serviceName: 'Microsoft.App/environments' }
        }
      ]
    }
  }

  resource endpointSubnet 'subnets' = {
    name: 'endpoints'
    properties: { addressPrefix: cidrSubnet(addressPrefix, 27, 4) }
    // Subnets of one network are changed one at a time.
    dependsOn: [appSubnet]
  }
}

// A resource group holds one zone of a name: deployments to the same group share them.
resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for endpoint in endpoints: {
    name: endpoint.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (endpoint, index) in endpoints: {
    parent: zones[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for endpoint in endpoints: {
    name: '${name}-${endpoint.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpointSubnet.id }
      privateLinkServiceConnections: [
        {
          name: endpoint.name
          properties: {
            privateLinkServiceId: endpoint.name == 'vault' ? vaultId : storageId
            groupIds: [endpoint.name]
          }
        }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (endpoint, index) in endpoints: {
    parent: privateEndpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: endpoint.name
          properties: { privateDnsZoneId: zones[index].id }
        }
      ]
    }
  }
]

@description('Resource id of the subnet for the app.')
output appSubnetId string = network::appSubnet.id
