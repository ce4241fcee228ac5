import { tagsType } from 'types.bicep'

@description('Name of the test.')
param name string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Host name of the app.')
param hostName string

@description('Resource id of the Application Insights resource.')
param insightsId string

@description('Seconds from one request to the next, at each place.')
param intervalSeconds int

// Asks from outside how well tokens are kept fresh. It notices an app that is away as well, which
// logs nothing.
resource test 'Microsoft.Insights/webtests@2022-06-15' = {
  name: name
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: name
    Name: name
    Description: 'GET /health/refresh: the service level of refresh'
    Enabled: true
    Kind: 'standard'
    Frequency: intervalSeconds
    // A request of ours has an answer within 12 seconds.
    Timeout: 30
    RetryEnabled: true
    Locations: [
      { Id: 'emea-nl-ams-azr' }
      { Id: 'us-va-ash-azr' }
      { Id: 'apac-sg-sin-azr' }
    ]
    Request: {
      RequestUrl: 'https://${hostName}/health/refresh'
      HttpVerb: 'GET'
      FollowRedirects: false
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

@description('Resource id.')
output id string = test.id
