import { Duration, Fn } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  OriginProtocolPolicy,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginSslPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { API_HEADERS, ORIGIN_HEADER, SESSION_COOKIE, VIEWER_ADDRESS_HEADER } from '../../api/edge.ts';

/**
 * How long an answer may be cached. Every API answer says no-store, but a maximum of zero would stop CloudFront from
 * passing Authorization on.
 */
const LEAST_MAX_TTL = Duration.seconds(1);

/**
 * The headers that CloudFront passes on to the API, and those that it adds. An origin request policy either passes on
 * all of the viewer's headers and adds none of CloudFront's, or adds CloudFront's but also passes on Host, which API
 * Gateway refuses. So the headers are listed one by one. Authorization can only be part of a cache policy.
 */
export function apiBehavior(scope: Construct, api: HttpApi, originHeader: Secret): BehaviorOptions {
  return {
    origin: new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint)), {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      // CloudFormation resolves it during the deployment, so the template only contains a reference
      customHeaders: { [ORIGIN_HEADER]: originHeader.secretValue.unsafeUnwrap() },
    }),
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    // the values in the cache key are passed on too, although nothing is cached
    cachePolicy: new CachePolicy(scope, 'ApiCache', {
      comment: 'The headers that identify the caller, and the query',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: LEAST_MAX_TTL,
      headerBehavior: CacheHeaderBehavior.allowList('Authorization'),
      cookieBehavior: CacheCookieBehavior.allowList(SESSION_COOKIE),
      queryStringBehavior: CacheQueryStringBehavior.all(),
    }),
    originRequestPolicy: new OriginRequestPolicy(scope, 'ApiHeaders', {
      comment: "The headers that the API reads, and the caller's address",
      headerBehavior: OriginRequestHeaderBehavior.allowList(...API_HEADERS, VIEWER_ADDRESS_HEADER),
    }),
  };
}
