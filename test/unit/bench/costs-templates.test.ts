import { describe, expect, it } from 'vitest';
import { costAssumptions } from '../../../bench/simulate/costs/assumptions.ts';
import { billing } from '../../../bench/simulate/costs/billed-resources.ts';
import { describeDeployment, readSnapshot } from '../../../bench/simulate/costs/deployment.ts';
import { fixedCost, total } from '../../../bench/simulate/costs/monthly-cost.ts';
import { listPrices, type Priced, readPrices } from '../../../bench/simulate/costs/prices.ts';
import { functionsIn, readAppFunctions } from '../../../tools/infra/app-functions.ts';
import { ofType, type Resource, type Snapshot } from '../../../tools/infra/snapshot.ts';

const file = readPrices(listPrices);
const functions = readAppFunctions();
const names = ['dev', 'prod'] as const;
const month = { hours: 730, seconds: 730 * 3600 };

const costOf = (snapshot: Snapshot) =>
  total(fixedCost(describeDeployment('prod', snapshot, functions), costAssumptions, file));
const chargeFor = (snapshot: Snapshot, priced: Priced) =>
  describeDeployment('prod', snapshot, functions).charges.find((each) => each.priced === priced)
    ?.quantity ?? 0;

/** Production's template, and a change to one of its resources. */
function changed(type: string, change: (resource: Resource) => void): Snapshot {
  const snapshot = readSnapshot('prod');
  const [resource] = ofType(snapshot, type);
  if (!resource) throw new Error(`there is no ${type}`);
  change(resource);
  return snapshot;
}

const propertiesOf = (resource: Resource) => {
  resource.properties ??= {};
  return resource.properties;
};

function withCopyOf(type: string): Snapshot {
  const snapshot = readSnapshot('prod');
  const [resource] = ofType(snapshot, type);
  if (resource) snapshot.predictedResources.push(structuredClone(resource));
  return snapshot;
}

describe.each(names)('the fixed items of %s are those of its compiled template', (name) => {
  const snapshot = readSnapshot(name);
  const count = (type: string) => ofType(snapshot, type).length;

  it('one charge an alert rule, private endpoint and DNS zone', () => {
    expect(chargeFor(snapshot, 'logAlertsEach5Minutes')).toBe(
      count('Microsoft.Insights/scheduledQueryRules'),
    );
    expect(chargeFor(snapshot, 'dnsZones')).toBe(count('Microsoft.Network/privateDnsZones'));
    expect(chargeFor(snapshot, 'privateEndpointHours')).toBeCloseTo(
      month.hours * count('Microsoft.Network/privateEndpoints'),
    );
  });

  it('a time series for each value that a metric alert watches, and each place of the test', () => {
    const text = JSON.stringify(ofType(snapshot, 'Microsoft.Insights/metricAlerts'));
    const values = [...text.matchAll(/"values":(\[[^\]]*\])/g)].flatMap(([, list = '[]']) =>
      JSON.parse(list),
    );
    const [test] = ofType(snapshot, 'Microsoft.Insights/webtests');
    const places = ((test?.properties?.['Locations'] ?? []) as unknown[]).length;
    expect(chargeFor(snapshot, 'metricAlertSeries')).toBe(values.length + places);
    const seconds = Number(test?.properties?.['Frequency']);
    expect(chargeFor(snapshot, 'availabilityTests')).toBeCloseTo(
      (places * month.seconds) / seconds,
    );
  });
});

describe('always-ready instances', () => {
  const instances = (name: 'dev' | 'prod') => [
    ...describeDeployment(name, readSnapshot(name), functions).ready.values(),
  ];

  it('of production are two for HTTP, each timer and each queue function: ten', () => {
    expect(functions.filter(({ trigger }) => trigger !== 'http')).toHaveLength(4);
    expect(instances('prod')).toEqual([2, 2, 2, 2, 2]);
  });

  it('of dev are none', () => {
    expect(instances('dev').every((each) => each === 0)).toBe(true);
  });

  it('without zone redundancy are those that the template configures', () => {
    const snapshot = changed('Microsoft.Web/serverfarms', (plan) => {
      propertiesOf(plan)['zoneRedundant'] = false;
    });
    const seconds = chargeFor(snapshot, 'readyBaselineGigabyteSeconds');
    expect(seconds).toBeCloseTo(4 * 2 * month.seconds);
  });

  it('cost more where the template has more, or the app another timer', () => {
    const more = changed('Microsoft.Web/sites', (site) => {
      const { scaleAndConcurrency } = propertiesOf(site)['functionAppConfig'] as {
        scaleAndConcurrency: { alwaysReady: { instanceCount: number }[] };
      };
      for (const group of scaleAndConcurrency.alwaysReady) group.instanceCount = 3;
    });
    expect(chargeFor(more, 'readyBaselineGigabyteSeconds')).toBeCloseTo(12 * 2 * month.seconds);
    const another = [...functions, { name: 'another', trigger: 'timer' } as const];
    const { ready } = describeDeployment('prod', readSnapshot('prod'), another);
    expect(ready.get('function:another')).toBe(2);
  });

  it('can’t be counted for a group that the app doesn’t have', () => {
    const snapshot = changed('Microsoft.Web/sites', (site) => {
      const text = JSON.stringify(site).replace('function:refresh-worker', 'function:gone');
      Object.assign(site, JSON.parse(text));
    });
    expect(() => costOf(snapshot)).toThrow(/no scaling group function:gone/);
  });
});

describe('a change to a template changes the cost', () => {
  const before = costOf(readSnapshot('prod'));

  it.each([
    ['another log alert', 'Microsoft.Insights/scheduledQueryRules', 1.5],
    ['another private endpoint', 'Microsoft.Network/privateEndpoints', 7.3],
    ['another DNS zone', 'Microsoft.Network/privateDnsZones', 0.5],
  ])('%s', (_, type, price) => {
    expect(costOf(withCopyOf(type)) - before).toBeCloseTo(price);
  });

  it('a disabled alert costs nothing', () => {
    const off = changed('Microsoft.Insights/scheduledQueryRules', (rule) => {
      propertiesOf(rule)['enabled'] = false;
    });
    expect(costOf(off) - before).toBeCloseTo(-1.5);
  });

  it('a value more in a metric alert, a place more in the availability test', () => {
    const watched = withCopyOf('Microsoft.Insights/metricAlerts');
    expect(chargeFor(watched, 'metricAlertSeries')).toBe(
      chargeFor(readSnapshot('prod'), 'metricAlertSeries') + 1,
    );
    const placed = changed('Microsoft.Insights/webtests', (test) => {
      (propertiesOf(test)['Locations'] as unknown[]).push({ Id: 'us-ca-sjc-azr' });
    });
    expect(costOf(placed) - before).toBeGreaterThan(5);
  });
});

describe('what the model can’t price fails', () => {
  it('a type of resource that is in no list', () => {
    const snapshot = readSnapshot('prod');
    snapshot.predictedResources.push({ type: 'Microsoft.Network/natGateways', name: 'nat' });
    expect(() => costOf(snapshot)).toThrow(/Give Microsoft.Network\/natGateways a price/);
  });

  it('and the list has no type that no template has', () => {
    const types = names.flatMap((name) =>
      readSnapshot(name).predictedResources.map(({ type }) => type.split('@')[0]),
    );
    expect([...new Set(types)].sort()).toEqual(Object.keys(billing).sort());
  });

  it.each<[string, string, (resource: Resource) => void]>([
    [
      'a redundancy without a price',
      'Microsoft.Storage/storageAccounts',
      (account) => {
        account['sku'] = { name: 'Standard_RAGZRS' };
      },
    ],
    [
      'a key in an HSM, which costs by month',
      'Microsoft.KeyVault/vaults/keys',
      (key) => {
        propertiesOf(key)['kty'] = 'RSA-HSM';
      },
    ],
    [
      'another plan',
      'Microsoft.Web/serverfarms',
      (plan) => {
        plan['sku'] = { name: 'EP1' };
      },
    ],
    [
      'an alert that is evaluated more often',
      'Microsoft.Insights/scheduledQueryRules',
      (rule) => {
        propertiesOf(rule)['evaluationFrequency'] = 'PT1M';
      },
    ],
    [
      'an alert with time series of its own',
      'Microsoft.Insights/scheduledQueryRules',
      (rule) => {
        const dimensions = [{ name: 'route', operator: 'Include', values: ['*'] }];
        propertiesOf(rule)['criteria'] = { allOf: [{ dimensions }] };
      },
    ],
  ])('%s', (_, type, change) => {
    expect(() => costOf(changed(type, change))).toThrow();
  });

  it('a function that is registered in another way', () => {
    const one =
      "registerRoute({\n  name: 'me',\n});\nregisterTimer('sweep', '* * * * * *', run);\n";
    expect(functionsIn(one, 'x.ts')).toEqual([
      { name: 'me', trigger: 'http' },
      { name: 'sweep', trigger: 'timer' },
    ]);
    expect(() => functionsIn("registerBlob('x');", 'x.ts')).toThrow(/can't read/);
    expect(() => functionsIn('registerRoute(route);', 'x.ts')).toThrow(/can't read/);
  });
});
