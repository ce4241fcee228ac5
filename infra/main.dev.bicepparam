using 'main.bicep'

// To try it: small, cheap, gone again soon.
param environmentName = 'dev'
param azdEnvironmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param publicHostName = readEnvironmentVariable('PUBLIC_HOST_NAME', '')
param actionGroupId = readEnvironmentVariable('ACTION_GROUP_ID', '')
param existingClientId = readEnvironmentVariable('EXISTING_CLIENT_ID', '')
param existingDeviceClientId = readEnvironmentVariable('EXISTING_DEVICE_CLIENT_ID', '')

// Only for the one deployment that follows the vault's deletion.
param recoverVault = bool(readEnvironmentVariable('RECOVER_VAULT', 'false'))

param signIn = {
  allowedTenants: []
  graphScopes: ['User.Read', 'Mail.Read']
  graphSignInScopes: ['User.Read']
  graphRoutes: []
  deviceSignIn: false
  deviceScopes: ['User.Read']
  backEnds: false
  backEndClientIds: []
}

param maximumInstanceCount = 40
param storageRedundancy = 'Standard_LRS'
param keepPackagesDays = 7
param vaultSoftDeleteDays = 7
param logDailyLimitGb = 1
param availabilityIntervalSeconds = 900
