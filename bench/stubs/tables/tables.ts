import { Failure } from './failure.ts';

/** An entity's properties as they came in JSON, with their type annotations. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Entity {
  readonly etag: string;
  readonly properties: Properties;
}

export interface Address {
  readonly table: string;
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** A change of one entity. Without `ifMatch`, `replace` and `merge` also insert. */
export interface Operation extends Address {
  readonly kind: 'insert' | 'replace' | 'merge' | 'delete';
  readonly properties: Properties;
  readonly ifMatch?: string | undefined;
}

type Partition = Map<string, Entity>;

/** Tables in memory, with the service's rules for versions. Methods throw {@link Failure}. */
export interface Tables {
  create(name: string): void;
  get(address: Address): Entity;
  /** All or none. @returns the new ETags; empty for what was deleted. */
  change(operations: readonly Operation[]): string[];
  /** A table's entities in the order of their keys; of one partition if it is given. */
  list(table: string, partitionKey: string | undefined): Entity[];
}

/** The operation of a transaction that failed, and why. */
export class OperationFailure extends Failure {
  readonly index: number;

  constructor(index: number, { status, code }: Failure) {
    super(status, code);
    this.index = index;
  }
}

export function createTables(): Tables {
  const tables = new Map<string, Map<string, Partition>>();
  let changes = 0;

  const tableOf = (name: string) => tables.get(name) ?? fail(404, 'TableNotFound');
  const find = ({ table, partitionKey, rowKey }: Address) =>
    tableOf(table).get(partitionKey)?.get(rowKey);

  function check(operation: Operation): Entity | undefined {
    const present = find(operation);
    const { kind, ifMatch } = operation;
    if (kind === 'insert' && present) fail(409, 'EntityAlreadyExists');
    if (ifMatch !== undefined && !present) fail(404, 'ResourceNotFound');
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== present?.etag) {
      fail(412, 'UpdateConditionNotSatisfied');
    }
    return present;
  }

  function apply({ table, partitionKey, rowKey, kind, properties }: Operation): string {
    const partitions = tableOf(table);
    const partition = partitions.get(partitionKey) ?? new Map<string, Entity>();
    partitions.set(partitionKey, partition);
    if (kind === 'delete') {
      partition.delete(rowKey);
      return '';
    }
    const kept = kind === 'merge' ? partition.get(rowKey)?.properties : {};
    const etag = `W/"datetime'${++changes}'"`;
    const keys = { PartitionKey: partitionKey, RowKey: rowKey };
    const changedAt = { Timestamp: new Date().toISOString() };
    partition.set(rowKey, { etag, properties: { ...kept, ...properties, ...keys, ...changedAt } });
    return etag;
  }

  return {
    create(name) {
      if (tables.has(name)) fail(409, 'TableAlreadyExists');
      tables.set(name, new Map());
    },
    get: (address) => find(address) ?? fail(404, 'ResourceNotFound'),
    change(operations) {
      for (const [index, operation] of operations.entries()) {
        try {
          check(operation);
        } catch (error) {
          throw error instanceof Failure ? new OperationFailure(index, error) : error;
        }
      }
      return operations.map(apply);
    },
    list(table, partitionKey) {
      const partitions = tableOf(table);
      const keys = partitionKey === undefined ? [...partitions.keys()].sort() : [partitionKey];
      return keys.flatMap((key) => {
        const partition = partitions.get(key) ?? new Map<string, Entity>();
        return [...partition].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entity]) => entity);
      });
    },
  };
}

function fail(status: number, code: string): never {
  throw new Failure(status, code);
}
