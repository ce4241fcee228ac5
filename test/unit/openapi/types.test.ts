import { expectTypeOf, it } from 'vitest';
import type { Checks } from '../../../src/lib/health.ts';
import type { registerRoute } from '../../../src/lib/host/http.ts';
import type { ProblemDetails } from '../../../src/lib/http/problem-details.ts';
import type { components } from '../../../src/web/openapi.d.ts';

type Documented = components['schemas'];

/** A value as it is after JSON: what is undefined is not there. */
type Json<T> = T extends readonly (infer Item)[]
  ? Json<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]: Json<Exclude<T[Name], undefined>> }
    : T;

it('the document describes what the app answers, as its types have it', () => {
  expectTypeOf<Json<ProblemDetails>>().toEqualTypeOf<Documented['Problem']>();
  expectTypeOf<Checks>().toEqualTypeOf<Documented['Readiness']['checks']>();
});

it('a route that is not described is no route', () => {
  type Registered = Parameters<typeof registerRoute<'GET' | 'HEAD'>>[0];
  type Undescribed = Omit<Registered, 'operations'>;
  expectTypeOf<Registered>().toExtend<Registered>();
  expectTypeOf<Undescribed>().not.toExtend<Registered>();
  expectTypeOf<Undescribed & { operations: object }>().not.toExtend<Registered>();
});
