/** Answers what matches no route, in the shape of all other errors. */
import { type ApiEvent, errorAnswer, noSuchCall } from './http/answers.ts';

export async function handler(event: ApiEvent) {
  const { method, path } = event.requestContext.http;
  return errorAnswer(noSuchCall(method, path));
}
