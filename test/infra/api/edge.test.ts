/** CloudFront and the API recognise each other, and a stage's settings reach the edge. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { API_HEADERS, ORIGIN_HEADER, SESSION_COOKIE, VIEWER_ADDRESS_HEADER } from '../../../lib/api/edge.ts';
import { API_HANDLERS } from '../../../lib/api/routes.ts';
import type { Template } from '../../../lib/local/stack/template.ts';
import { all, functions, json, properties, source } from '../../support/stack/stack.ts';
import { synthesise } from '../../support/stack/synthesise.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is no more than JSON
const distributionOf = ({ Resources }: Template): any =>
  Object.values(Resources).find(({ Type }) => Type === 'AWS::CloudFront::Distribution')?.Properties?.DistributionConfig;

describe('the secret that CloudFront adds', () => {
  it('is a reference to a secret, only for the API’s origin', () => {
    const [secretId] = Object.keys(all('AWS::SecretsManager::Secret')).filter((id) => id.includes('OriginHeader'));
    const withHeaders = distributionOf(json).Origins.filter(
      ({ OriginCustomHeaders }: { OriginCustomHeaders?: unknown }) => OriginCustomHeaders !== undefined,
    );
    expect(withHeaders).toHaveLength(1);
    expect(withHeaders[0]).toMatchObject({
      CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
      OriginCustomHeaders: [
        {
          HeaderName: ORIGIN_HEADER,
          HeaderValue: {
            'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: secretId }, ':SecretString:::}}']],
          },
        },
      ],
    });
  });

  it('is required by every function of the API, and by no other', () => {
    const asking = functions.filter(({ Environment }) => Environment.Variables.ORIGIN_HEADER_SECRET !== undefined);
    expect(asking.map(({ entry }) => entry).sort()).toEqual([...API_HANDLERS].sort());
    for (const { Environment } of asking) {
      expect(Environment.Variables.ORIGIN_HEADER_SECRET).toBe('jagad-restore/test/origin-header');
    }
  });
});

describe('what CloudFront passes on to the API', () => {
  const [requestPolicy] = properties('AWS::CloudFront::OriginRequestPolicy');
  const [cachePolicy] = properties('AWS::CloudFront::CachePolicy');
  const { HeadersConfig } = requestPolicy.OriginRequestPolicyConfig;
  const { ParametersInCacheKeyAndForwardedToOrigin: key, ...times } = cachePolicy.CachePolicyConfig;

  it('includes the viewer’s address and each header that the code reads, at most the ten that a policy allows', () => {
    expect(HeadersConfig).toEqual({ HeaderBehavior: 'whitelist', Headers: [...API_HEADERS, VIEWER_ADDRESS_HEADER] });
    expect(HeadersConfig.Headers.length).toBeLessThanOrEqual(10);
    const passed = [...HeadersConfig.Headers, 'authorization', ORIGIN_HEADER, 'host'];
    expect(headersRead().filter((name) => !passed.includes(name))).toEqual([]);
  });

  it('includes the caller and the call, and no answer is cached', () => {
    expect(key).toMatchObject({
      HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Authorization'] },
      CookiesConfig: { CookieBehavior: 'whitelist', Cookies: [SESSION_COOKIE] },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    });
    expect(times).toMatchObject({ MinTTL: 0, DefaultTTL: 0, MaxTTL: 1 });
  });

  /** The headers that functions/ read from an event, in the two ways of writing it. */
  function headersRead(): string[] {
    const files = ['functions/', 'functions/http/'].flatMap((directory) =>
      readdirSync(new URL(`../../../${directory}`, import.meta.url))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => source(directory + file)),
    );
    const names = files.flatMap((text) => [
      ...[...text.matchAll(/event\.headers(?:\.(\w+)|\['([\w-]+)'\])/g)].map(([, a, b]) => a ?? b ?? ''),
      ...[...text.matchAll(/const \{ ([\w, ]+) \} = event\.headers/g)].flatMap(([, list = '']) => list.split(', ')),
    ]);
    expect(names).toEqual(expect.arrayContaining(['authorization', 'content-type', 'origin', 'sec-fetch-site']));
    return names;
  }
});

describe('the settings of a stage', () => {
  it('give CloudFront its domain name, its certificate with TLS 1.2, and a web ACL', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/1234abcd-12ab-34cd-56ef-1234567890ab';
    const given = synthesise({ domainName: 'restore.example.com', certificateArn, webAclArn });
    expect(distributionOf(given)).toMatchObject({
      Aliases: ['restore.example.com'],
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
      WebACLId: webAclArn,
    });
    expect(distributionOf(json).WebACLId).toBeUndefined();
  });

  it('let pages of other sites call with a token only if they are named', () => {
    const cors = ({ Resources }: Template) =>
      Object.values(Resources).find(({ Type }) => Type === 'AWS::ApiGatewayV2::Api')?.Properties?.CorsConfiguration;
    expect(cors(json)).toBeUndefined();
    const given = cors(synthesise({ allowedOrigins: 'https://ops.example.com' })) as Record<string, unknown>;
    expect(given).toMatchObject({ AllowOrigins: ['https://ops.example.com'] });
    expect(given.AllowCredentials).toBeUndefined();
  });

  it('send alarms to each address, and keep logs for the configured time', () => {
    const given = synthesise({ alarmEmails: 'a@example.com,b@example.com', logRetentionDays: '30' });
    const of = (type: string) => Object.values(given.Resources).filter(({ Type }) => Type === type);
    expect(of('AWS::SNS::Subscription').map(({ Properties }) => Properties?.Endpoint)).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    for (const { Properties } of of('AWS::Logs::LogGroup')) expect(Properties?.RetentionInDays).toBe(30);
  });
});
