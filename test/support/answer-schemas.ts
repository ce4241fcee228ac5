import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Node = { [name: string]: Node };

/** What `$ref` stands for, all the way down. The document’s references go in no circle. */
export function resolved(root: object, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => resolved(root, item));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref } = node as { $ref?: unknown };
  if (typeof $ref === 'string') {
    const names = $ref.replace('#/', '').split('/');
    return resolved(
      root,
      names.reduce((at, name) => at[name] ?? {}, root as Node),
    );
  }
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, resolved(root, value)]),
  );
}

/** As far as is looked at here. */
export interface Schema {
  enum?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  additionalProperties?: unknown;
}

/** The schema, by which nothing may be there that is not described. @param isPart of another. */
function closed(schema: Schema, isPart = false): Schema {
  const { properties, items, allOf } = schema;
  const isOpen = isPart || schema.additionalProperties !== undefined || !(properties ?? allOf);
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, closed(property)]),
      ),
    }),
    ...(items && { items: closed(items) }),
    ...(allOf && { allOf: allOf.map((part) => closed(part, true)) }),
    ...(!isOpen && { unevaluatedProperties: false }),
  };
}

const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
addFormats.default(ajv);
const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Why a value is not as a schema, without references, has it. */
export function mismatches(schema: Schema, value: unknown): string[] {
  const key = JSON.stringify(schema);
  const validate = validators.get(key) ?? ajv.compile(closed(schema));
  validators.set(key, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
