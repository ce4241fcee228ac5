/** What is run nowhere here, and why. */
const cannotBeRun: Readonly<Record<string, readonly string[]>> = {
  'It needs an Azure subscription, and a person who has signed in to it.': [
    'azd auth login',
    'azd up',
    'azd down',
    'azd config set alpha.resourceGroupDeployments on',
    'az group create --name evergreen --location westeurope',
    'az deployment group what-if --resource-group evergreen --parameters infra/main.prod.bicepparam',
    'az deployment group create --resource-group evergreen --name evergreen --parameters infra/main.prod.bicepparam',
    'az functionapp deployment source config-zip --resource-group evergreen --src dist/package.zip --name $(az deployment group show -g evergreen -n evergreen --query properties.outputs.functionAppName.value -o tsv)',
    'az functionapp list-flexconsumption-locations',
    'az provider register --wait -n',
    'az keyvault key rotate',
    'az group delete --name evergreen',
  ],
  'It needs an Entra tenant, and an administrator of it.': [
    'az ad app permission admin-consent --id',
    'az ad app delete --id',
  ],
  'It needs the Bicep compiler, and would write what .ci/run compares with.': [
    'npm run check:infra -- --update',
  ],
};
export const notRun = Object.values(cannotBeRun).flat();
