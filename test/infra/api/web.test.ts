/** How the pages and the API share one origin. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { all, properties } from '../../support/stack/stack.ts';

const [distribution] = properties('AWS::CloudFront::Distribution').map(({ DistributionConfig }) => DistributionConfig);
const [code] = properties('AWS::CloudFront::Function').map(({ FunctionCode }) => FunctionCode as string);

/** What the function at the edge makes of a path. */
function atEdge(uri: string): string {
  return (runInNewContext(`${code}; handler({ request: { uri } })`, { uri }) as { uri: string }).uri;
}

describe('CloudFront', () => {
  it.each([
    ['/', '/index.html'],
    ['/backups', '/index.html'],
    ['/backups/8b673b51-1111-4222-8333-444455556666/restore', '/index.html'],
    ['/favicon.svg', '/favicon.svg'],
    ['/assets/index-B0DMfbk_.css', '/assets/index-B0DMfbk_.css'],
    ['/assets/missing', '/assets/missing'],
  ])('answers %s with %s', (path, file) => {
    expect(atEdge(path)).toBe(file);
  });

  it("does so only for the pages: the API's responses, even a 404, are unchanged", () => {
    const { DefaultCacheBehavior, CacheBehaviors, CustomErrorResponses } = distribution;
    const [functionId] = Object.keys(all('AWS::CloudFront::Function'));
    expect(DefaultCacheBehavior.FunctionAssociations).toEqual([
      { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': [functionId, 'FunctionARN'] } },
    ]);
    expect(CustomErrorResponses).toBeUndefined();
    expect(CacheBehaviors).toHaveLength(1);
    expect(CacheBehaviors[0]).toMatchObject({ PathPattern: '/api/*', ViewerProtocolPolicy: 'https-only' });
    expect(CacheBehaviors[0].FunctionAssociations).toBeUndefined();
    expect(CacheBehaviors[0].AllowedMethods).toEqual(expect.arrayContaining(['GET', 'POST', 'PUT', 'DELETE']));
  });

  it('allows only the service’s own scripts', () => {
    const [policy] = properties('AWS::CloudFront::ResponseHeadersPolicy');
    const headers = policy.ResponseHeadersPolicyConfig.SecurityHeadersConfig;
    const script = headers.ContentSecurityPolicy.ContentSecurityPolicy.split('; ').filter((rule: string) =>
      rule.startsWith('script-src'),
    );
    expect(script).toEqual(["script-src 'self'"]);
    expect(distribution.DefaultCacheBehavior).toMatchObject({ ResponseHeadersPolicyId: expect.anything() });
  });
});
