import { tagsType } from 'types.bicep'

@description('Begin of the alerts’ names.')
param namePrefix string

@description('Azure region.')
param location string

@description('Tags.')
param tags tagsType

@description('Resource id of the workspace with the logs.')
param workspaceId string

@description('Resource id of the Application Insights resource.')
param insightsId string

@description('Resource id of the storage account.')
param storageId string

@description('Resource id of the vault.')
param vaultId string

@description('Resource id of the availability test.')
param availabilityTestId string

@description('Resource id of the action group that is told; empty: alerts are shown and nobody is told.')
param actionGroupId string

@description('Time without a sweep after which somebody is told: several of REFRESH_SCHEDULE’s intervals.')
param sweepWindow string

@sealed()
type logAlertType = {
  name: string
  title: string
  severity: int

  @description('Time that one evaluation is about.')
  window: string

  @description('Time that the query may look at, where that is more.')
  range: string?

  query: string
}

var actionGroups = empty(actionGroupId) ? [] : [actionGroupId]

// At the workspace's daily limit Azure takes in no more rows until the reset hour, and every count is
// 0 until then. Azure logs when it stops and when it resumes, past the limit too: the newest of these
// rows is the state.
// @see https://learn.microsoft.com/azure/azure-monitor/logs/monitor-workspace#operation-data-collection-stopped
var ingestionState = '''
_LogOperation
| where Category =~ "Ingestion"
| where Detail has "Data collection" or Detail has "OverQuota"
| summarize arg_max(TimeGenerated, Detail)
| project capped = Detail has "OverQuota"
'''
// The limit holds for a day at most. If the row about resuming is missing, the row about stopping is
// out of sight after a day, and sweep-missing can fire again.
var ingestionStateRange = 'P1D'

// Severity: 0 and 1 wake somebody up, 2 is for the day, 3 to know. What each query looks for is
// logged in src, or is the host’s own record of a function’s run, or Azure’s own of the workspace.
var logAlerts logAlertType[] = [
  {
    name: 'sweep-missing'
    title: 'The refresh timer does not run'
    severity: 1
    window: sweepWindow
    range: ingestionStateRange
    // Not an interpolated multi-line string: older Bicep compilers don't know them.
    query: format(
      '''
let capped = toscalar({0});
AppRequests
| where TimeGenerated > ago({1})
| where Name == "refresh-sweep" and Success
| summarize runs = count()
| where runs == 0 and not(coalesce(capped, false))
''',
      ingestionState,
      toLower(substring(sweepWindow, 2))
    )
  }
  {
    name: 'logs-capped'
    title: 'The log is full for today, so alerts on logs are blind'
    severity: 2
    window: 'PT5M'
    range: ingestionStateRange
    query: '${ingestionState}| where capped\n'
  }
  {
    name: 'refresh-overdue'
    title: 'Tokens are refreshed too late'
    severity: 1
    window: 'PT15M'
    query: '''
AppTraces
| where Message startswith '{"event":"failed"'
| where Message has "Tokens are not kept fresh" and Message has "overdue"
'''
  }
  {
    name: 'refresh-failing'
    title: 'No refresh succeeds'
    severity: 1
    window: 'PT15M'
    query: '''
AppTraces
| where Message startswith '{"event":"failed"'
| where Message has "Tokens are not kept fresh" and Message has "failing"
'''
  }
  {
    name: 'breaker-open'
    title: 'Entra refuses the app itself'
    severity: 0
    window: 'PT10M'
    query: '''
AppTraces
| where Message startswith '{"event":"breaker-open"'
'''
  }
  {
    name: 'poison-messages'
    title: 'Users were put back because their refresh failed again and again'
    severity: 2
    window: 'PT15M'
    query: '''
AppRequests
| where Name == "refresh-poison"
'''
  }
  {
    name: 'server-errors'
    title: 'More than one request in twenty is answered 5xx'
    severity: 1
    window: 'PT10M'
    query: '''
AppTraces
| where Message startswith '{"event":"request"'
| extend line = parse_json(Message)
| where not(tostring(line.route) startswith "health-")
| summarize requests = sum(ItemCount), failed = sumif(ItemCount, toint(line.status) >= 500)
| where requests >= 20 and failed * 20 > requests
'''
  }
]

resource logAlertRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in logAlerts: {
    name: '${namePrefix}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${namePrefix}: ${alert.title}'
      description: 'What to do: docs/runbook.md, “${alert.name}”.'
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: alert.window
      overrideQueryTimeRange: alert.?range ?? alert.window
      // The tables are there with the first telemetry.
      skipQueryValidation: true
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: actionGroups }
    }
  }
]

var throttling = [
  {
    name: 'key-vault-throttling'
    title: 'Key Vault throttles the app'
    scope: vaultId
    criterion: {
      metricNamespace: 'Microsoft.KeyVault/vaults'
      metricName: 'ServiceApiResult'
      timeAggregation: 'Count'
      dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
    }
  }
  {
    name: 'storage-throttling'
    title: 'Storage throttles the app'
    scope: storageId
    criterion: {
      metricNamespace: 'Microsoft.Storage/storageAccounts'
      metricName: 'Transactions'
      timeAggregation: 'Total'
      dimensions: [
        {
          name: 'ResponseType'
          operator: 'Include'
          values: [
            'ServerBusyError'
            'ClientThrottlingError'
            'ClientAccountRequestThrottlingError'
            'ClientAccountBandwidthThrottlingError'
            'SuccessWithThrottling'
          ]
        }
      ]
    }
  }
]

resource throttlingRules 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in throttling: {
    name: '${namePrefix}-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${alert.title}. What to do: docs/runbook.md, “${alert.name}”.'
      severity: 2
      enabled: true
      scopes: [alert.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
        allOf: [
          union(alert.criterion, {
            name: alert.name
            criterionType: 'StaticThresholdCriterion'
            operator: 'GreaterThan'
            threshold: 0
          })
        ]
      }
      actions: map(actionGroups, id => { actionGroupId: id })
    }
  }
]

resource unavailable 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: '${namePrefix}-unavailable'
  location: 'global'
  tags: tags
  properties: {
    description: 'GET /health/refresh is not 200 from two places. The alert also fires while the infrastructure is there and the code is not yet deployed. What to do: docs/runbook.md, “unavailable”.'
    severity: 1
    enabled: true
    scopes: [availabilityTestId, insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: availabilityTestId
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: map(actionGroups, id => { actionGroupId: id })
  }
}
