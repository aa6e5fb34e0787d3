/**
 * Answers requests that match no route, in the same form as all other errors: 404, or 405 if the path has other
 * methods.
 */
import { noSuchCall } from './http/answers.ts';
import { apiStack } from './http/handler.ts';

export const handler = apiStack(async ({ requestContext: { http } }) => {
  throw noSuchCall(http.method, http.path);
});
