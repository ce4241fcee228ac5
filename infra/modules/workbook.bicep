import { tagsType } from 'types.bicep'

@description('Name of the resource: a GUID.')
param name string

@description('Name that people see.')
param displayName string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Resource id of the workspace with the logs.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: workspaceId
    version: 'Notebook/1.0'
    serializedData: replace(
      loadTextContent('../workbooks/refresh-service-level.json'),
      '{workspaceId}',
      workspaceId
    )
  }
}

@description('Resource id.')
output id string = workbook.id
