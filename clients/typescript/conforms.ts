// Compares every call of the package and its fields with the description of the API, as openapi-typescript writes it to
// the place that is imported here. Nothing of it is run: where they differ, it is no TypeScript.

import type { paths } from '../../target/clients/openapi.js'
import type { Calls, Client } from './types.js'

type Operation<C> = C extends `${infer Method} ${infer Path extends keyof paths & string}`
  ? Lowercase<Method> extends infer Verb extends keyof paths[Path]
    ? paths[Path][Verb]
    : never
  : never

type Json<T> = T extends { content: { 'application/json': infer Value } } ? Value : undefined
type Body<C> = Operation<C> extends { requestBody?: infer Of } ? Json<Of> : undefined
type Query<C> = Operation<C> extends { parameters: { query?: infer Of } } ? keyof NonNullable<Of> : never
type Answer<C> = Operation<C> extends { responses: infer Of } ? Json<Of[keyof Of & (200 | 201 | 204)]> : undefined

/** The description cannot say that `live` is always true in one answer and always false in the other. */
type Loose<T> = T extends { live: boolean } ? Omit<T, 'live'> & { live: boolean } : T

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Fits<A, B> = [A] extends [B] ? ([Exclude<keyof A, keyof B>] extends [never] ? true : false) : false

/** What is wrong with a call; true where it is as described. */
type Compared<C extends keyof Calls> = [Operation<C>] extends [never]
  ? 'there is no such call'
  : Same<Loose<Calls[C]['answer']>, Loose<Answer<C>>> extends false
    ? { answers: Answer<C> }
    : (Calls[C] extends { query: infer Sent } ? Exclude<Sent, Query<C>> : never) extends never
      ? Calls[C] extends { body: infer Sent }
        ? Fits<Sent, Body<C>> extends true
          ? true
          : { takes: Body<C> }
        : true
      : { asks: Query<C> }

declare const compared: { [C in keyof Calls]: Compared<C> }
compared satisfies Record<keyof Calls, true>

declare const client: Fits<Client, NonNullable<NonNullable<Body<'POST /sessions'>>['client']>>
client satisfies true
