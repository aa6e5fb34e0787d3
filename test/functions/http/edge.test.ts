import { describe, expect, it } from 'vitest';
import { edge, type ReadOriginSecret } from '../../../functions/http/edge.ts';
import { Forbidden } from '../../../lib/errors/errors.ts';
import { anApiEvent } from '../../support/api-event.ts';

const SECRET = 'what CloudFront knows';
const known = async () => SECRET;
/** The caller's address according to API Gateway; see anApiEvent. */
const GATEWAY_ADDRESS = '192.0.2.7';

/** The address that the request has afterwards. */
async function addressOf(headers: Record<string, string>, read: ReadOriginSecret = known): Promise<string> {
  const event = anApiEvent({ headers });
  await edge(read)({ event });
  return event.requestContext.http.sourceIp;
}
const byEdge = { 'x-jagad-restore-origin': SECRET };

describe('a request through CloudFront', () => {
  it.each([
    ['203.0.113.9:46532', '203.0.113.9'],
    ['2001:db8::1:46532', '2001:db8::1'],
    ['2001:db8:85a3:0:0:8a2e:370:7334:46532', '2001:db8:85a3:0:0:8a2e:370:7334'],
  ])('comes from the viewer %s', async (header, address) => {
    expect(await addressOf({ ...byEdge, 'cloudfront-viewer-address': header })).toBe(address);
  });

  it('without a viewer address comes from the address that API Gateway reports', async () => {
    expect(await addressOf(byEdge)).toBe(GATEWAY_ADDRESS);
  });
});

describe('a request that does not come through CloudFront', () => {
  it.each([
    [{}],
    [{ 'x-jagad-restore-origin': '' }],
    [{ 'x-jagad-restore-origin': `${SECRET}.` }],
    [{ 'cloudfront-viewer-address': '203.0.113.9:1' }],
  ])('is refused: %j', async (headers: Record<string, string>) => {
    await expect(addressOf(headers)).rejects.toThrow(Forbidden);
  });

  it.each([[''], [undefined]])('is refused if the secret is %j', async (secret) => {
    await expect(addressOf({ 'x-jagad-restore-origin': '' }, async () => secret)).rejects.toThrow(Forbidden);
  });

  it('is accepted if nothing is in front of the API, whatever its headers', async () => {
    const event = anApiEvent({ headers: { 'cloudfront-viewer-address': '203.0.113.9:1' } });
    await edge(undefined)({ event });
    expect(event.requestContext.http.sourceIp).toBe(GATEWAY_ADDRESS);
  });
});
