// What counts as activity, by the rules that Innkeeper itself follows in front of an application.

/** @import { Activity } from './types.js' */

/**
 * Whether a request is something that a person did: what its page marked it as, a navigation, or a method that changes
 * something. Polls, pictures and whatever else a page fetches by itself are not.
 *
 * @param {string} method
 * @param {Record<string, string | string[] | undefined>} headers by names in lower case, as Node has them
 * @returns {Activity}
 */
export function activityOf(method, headers) {
  const mark = headers['innkeeper-activity']
  if (mark === 'counted' || mark === 'none') return mark
  const isSafe = ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method)
  return !isSafe || isNavigation(method, headers) ? 'counted' : 'none'
}

/** @type {(method: string, headers: Record<string, string | string[] | undefined>) => boolean} */
function isNavigation(method, headers) {
  if (headers['sec-purpose'] !== undefined) return false
  if (Object.keys(headers).some((name) => name.startsWith('sec-fetch-'))) {
    return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  }
  return method === 'GET' && String(headers.accept ?? '').split(',').some(isHtml)
}

/** @type {(kind: string) => boolean} */
function isHtml(kind) {
  const [name = '', ...parameters] = kind.split(';').map((part) => part.trim())
  const isNamed = ['text/html', 'application/xhtml+xml'].includes(name.toLowerCase())
  return isNamed && !parameters.some((parameter) => /^q\s*=\s*0[0.]*$/i.test(parameter))
}
