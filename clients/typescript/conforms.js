// Compares what counts as activity with what Innkeeper says of the same requests (standard input).

import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { activityOf } from './activity.js'

/** @type {[string, Record<string, string>, string][]} */
const requests = JSON.parse(await text(process.stdin))
for (const [method, headers, says] of requests) {
  assert.equal(activityOf(method, headers), says, `${method} with ${JSON.stringify(headers)}`)
}
console.log(`${requests.length} alike`)
