import type { ApiEvent } from '../../functions/http/answers.ts';

export interface EventParts {
  method?: string;
  path?: string;
  /** Names in lower case, as API Gateway has them. */
  headers?: Record<string, string>;
  cookies?: string[];
  query?: Record<string, string>;
  /** Text as it is, bytes in base64. */
  body?: string | Buffer;
}

/** An event of API Gateway's HTTP API, payload version 2.0. */
export function anApiEvent({ method = 'GET', path = '/', headers = {}, cookies, query, body }: EventParts): ApiEvent {
  const host = headers.host ?? 'restore.example.com';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { host, ...headers },
    ...(cookies === undefined ? {} : { cookies }),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : body.toString('base64') }),
    isBase64Encoded: Buffer.isBuffer(body),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
      domainPrefix: 'abc',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'test' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '22/Nov/2026:02:00:00 +0000',
      timeEpoch: 0,
    },
  };
}
