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

/** How long an answer may be cached: every API answer says no-store, and zero would forbid passing Authorization on. */
const LEAST_MAX_TTL = Duration.seconds(1);

/**
 * What CloudFront passes on to the API, and adds. An origin request policy either passes all of the viewer's headers
 * and none of CloudFront's, or adds CloudFront's and passes the Host too, which API Gateway refuses: so the headers are
 * listed. Authorization is only possible in a cache policy.
 */
export function apiBehavior(scope: Construct, api: HttpApi, originHeader: Secret): BehaviorOptions {
  return {
    origin: new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint)), {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      // CloudFormation resolves it during the deployment: the template only has a reference
      customHeaders: { [ORIGIN_HEADER]: originHeader.secretValue.unsafeUnwrap() },
    }),
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    // the values in the cache key are passed on too; nothing is cached
    cachePolicy: new CachePolicy(scope, 'ApiCache', {
      comment: 'Passes on the caller and the request',
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
