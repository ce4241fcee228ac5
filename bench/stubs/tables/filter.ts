import type { Properties } from './tables.ts';

/** A filter: whether an entity passes, and the one partition that it asks for, if it does. */
export interface Filter {
  readonly partitionKey: string | undefined;
  passes(properties: Properties): boolean;
}

interface Comparison {
  readonly property: string;
  readonly operator: string;
  readonly value: string;
  readonly isNegated: boolean;
}

const comparison = /(not \()?(\w+) (eq|ne|lt|le|gt|ge) (?:datetime|guid)?'((?:[^']|'')*)'\)?/y;

/**
 * Comparisons with texts, some negated, joined by `and`: all that the product asks.
 *
 * @throws Error for any other filter.
 * @see https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities
 */
export function parseFilter(text: string): Filter {
  const comparisons = [...readComparisons(text)];
  const ofPartition = ({ property, operator }: Comparison) =>
    property === 'PartitionKey' && operator === 'eq';
  return {
    partitionKey: comparisons.find(ofPartition)?.value,
    passes: (properties) => comparisons.every((each) => holds(each, properties) !== each.isNegated),
  };
}

function* readComparisons(text: string): Iterable<Comparison> {
  for (let at = 0; at < text.length; ) {
    comparison.lastIndex = at;
    const [all, not, property = '', operator = '', value = ''] = comparison.exec(text) ?? [];
    if (all === undefined) throw new Error(`the filter ${text} can't be read`);
    yield {
      ...{ property, operator, value: value.replaceAll("''", "'") },
      isNegated: not !== undefined,
    };
    at = comparison.lastIndex;
    if (at < text.length && !text.startsWith(' and ', at)) throw new Error(`no "and" in ${text}`);
    at += ' and '.length;
  }
}

function holds({ property, operator, value }: Comparison, properties: Properties): boolean {
  const found = properties[property];
  if (typeof found !== 'string') return false;
  switch (operator) {
    case 'eq':
      return found === value;
    case 'ne':
      return found !== value;
    case 'lt':
      return found < value;
    case 'le':
      return found <= value;
    case 'gt':
      return found > value;
    default:
      return found >= value;
  }
}
