/** What a deployment would make, as `bicep snapshot` predicts it. */
export interface Snapshot {
  predictedResources: Resource[];
  outputs?: Record<string, unknown>;
  diagnostics?: unknown[];
}

/** One resource. Values that are known only when it is deployed are expressions, `[…]`. */
export interface Resource {
  /** Missing for resources of Graph. */
  id?: string;
  type: string;
  name?: string;
  apiVersion?: string;
  properties?: Record<string, unknown>;
  [member: string]: unknown;
}

/** Looks at one thing in what would be deployed. @returns what is wrong and what to do, a line each. */
export type Rule = (snapshot: Snapshot) => string[];

export function ofType({ predictedResources }: Snapshot, type: string): Resource[] {
  return predictedResources.filter((resource) => resource.type.split('@')[0] === type);
}

/** The value at a path such as `properties.sku.name`. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => {
    return typeof at === 'object' && at !== null
      ? (at as Record<string, unknown>)[name]
      : undefined;
  }, value);
}

/** The last part of a name such as `account/default/tokens`. */
export function lastName({ name = '' }: Resource): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Problems of all resources of a type that lack a value somewhere; of there being none as well. */
export function mustHave(
  snapshot: Snapshot,
  type: string,
  values: Record<string, unknown>,
  because: string,
): string[] {
  const resources = ofType(snapshot, type);
  if (resources.length === 0) return [`there is no ${type}`];
  return resources.flatMap((resource) =>
    Object.entries(values)
      .filter(([path, value]) => valueAt(resource, path) !== value)
      .map(
        ([path, value]) =>
          `${resource.name ?? type}: ${path} must be ${JSON.stringify(value)}, is ${JSON.stringify(valueAt(resource, path))}: ${because}`,
      ),
  );
}
