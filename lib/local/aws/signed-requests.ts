import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { diskFault } from '../state/disk-full.ts';
import { HeldBody } from './held-body.ts';
import { RequestRefused, type SignatureCheck } from './request-signature.ts';

export interface SignedRequestsOptions {
  signature: SignatureCheck;
  /** An error's body in the service's own format, and its content type. */
  format(refused: RequestRefused): { type: string; body: string };
  /**
   * Called once the request's signature is verified, before its body is read.
   * @throws RequestRefused
   */
  admit?(request: IncomingMessage): void;
  /**
   * A directory that other accounts can't access, for bodies that are too long for memory. Without it, such a body is
   * refused.
   */
  directory?: string;
}

/**
 * Only passes on requests to a service that are signed, and whose body is the one that was signed. All others are read
 * to their end before the response, so that the sender reads the response.
 */
export function signedOnly(serve: RequestListener, options: SignedRequestsOptions): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    const body = coversBody(request) ? new HeldBody(request, options.directory) : undefined;
    admit(request, body, options)
      .then(
        () => serve(request as never, response as never),
        async (error: unknown) => {
          if (!(error instanceof RequestRefused)) throw error;
          await readToEnd(request, body);
          const { type, body: text } = options.format(error);
          response.writeHead(error.status, { 'content-type': type });
          response.end(request.method === 'HEAD' ? undefined : text);
        },
      )
      // the request was aborted, or is too large for the service: only this connection ends
      .catch(() => void request.destroy());
  };
}

/**
 * Settles when the request may be passed on.
 * @throws RequestRefused; any other error if the request was aborted.
 */
async function admit(
  request: IncomingMessage,
  body: HeldBody | undefined,
  options: SignedRequestsOptions,
): Promise<void> {
  const expected = await options.signature.check(request, new Date());
  options.admit?.(request);
  if (body === undefined) return;
  const actual = await body.sha256.catch((error: unknown) => {
    const reason = diskFault(error);
    throw reason === undefined ? error : new RequestRefused('ServiceUnavailable', reason, 503);
  });
  if (actual === undefined) throw new RequestRefused('EntityTooLarge', 'the body is too long', 413);
  if (actual !== expected) {
    throw new RequestRefused('XAmzContentSHA256Mismatch', 'the body is not the one that was signed', 400);
  }
  body.handOn();
}

/** Whether the signature covers the body. This is known before any of the body has arrived. */
function coversBody({ headers }: IncomingMessage): boolean {
  return /^[0-9a-f]{64}$/.test(String(headers['x-amz-content-sha256'] ?? ''));
}

async function readToEnd(request: IncomingMessage, body: HeldBody | undefined): Promise<void> {
  if (body !== undefined) {
    body.drop();
    await body.sha256.catch(() => {});
    body.dropAll();
    return;
  }
  request.resume();
  if (request.readableEnded) return;
  await new Promise<void>((resolve) => request.once('end', resolve).once('close', resolve));
}
