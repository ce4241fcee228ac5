using 'main.bicep'

// For users: zones, instances that are always there, private data, locks.
param environmentName = 'prod'
param azdEnvironmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param publicHostName = readEnvironmentVariable('PUBLIC_HOST_NAME', '')
param actionGroupId = readEnvironmentVariable('ACTION_GROUP_ID', '')
param existingClientId = readEnvironmentVariable('EXISTING_CLIENT_ID', '')
param existingDeviceClientId = readEnvironmentVariable('EXISTING_DEVICE_CLIENT_ID', '')

// Only for the one deployment that follows the vault's deletion.
param recoverVault = bool(readEnvironmentVariable('RECOVER_VAULT', 'false'))

param signIn = {
  allowedTenants: []
  graphScopes: ['User.Read', 'Mail.Read', 'Calendars.Read', 'Files.Read']
  graphSignInScopes: ['User.Read']
  graphRoutes: []
  deviceSignIn: true
  deviceScopes: ['User.Read', 'Mail.Read']
  backEnds: true
  backEndClientIds: []
}

param tuning = {
  RETAIN_WITHOUT_SESSION_DAYS: '30'
}

param alwaysReady = { http: 2, refreshWorker: 2 }
param zoneRedundant = true
param storageRedundancy = 'Standard_GZRS'
param logRetentionDays = 90
param lockData = true
param privateNetwork = true
