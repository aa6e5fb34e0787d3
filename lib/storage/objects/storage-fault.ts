/** What went wrong when a bucket was tested, in words. Pure. */

import { certificateFault, storeCertificateHint } from '../../errors/certificate-fault.ts';
import type { S3Provider } from './s3-source.ts';

/** What is known about the error. */
export interface StorageFault {
  /** The store's own code, such as `NoSuchBucket`, or the class of an error from elsewhere. */
  name: string;
  /** A network code, such as `ECONNREFUSED`. */
  code?: string | undefined;
  message: string;
  /** The HTTP status, if there was a response. */
  status?: number | undefined;
}

export interface Explained {
  error: string;
  hint: string;
}

/** @param what was tried: `list the bucket`, `read backups/…`. */
export function explainStorageFault(provider: S3Provider, what: string, fault: StorageFault): Explained {
  const { name, code = '', message, status } = fault;
  const { bucket, region, endpoint } = provider;
  const where = endpoint ?? `AWS's endpoint of ${region}`;
  const cannot = `cannot ${what}`;
  switch (name) {
    case 'NoSuchBucket':
      return { error: `${cannot}: there is no bucket ${bucket}`, hint: 'Check bucket, region and endpoint.' };
    case 'InvalidAccessKeyId':
      return { error: `${cannot}: ${where} does not know the access key`, hint: 'Check access_key and endpoint.' };
    case 'SignatureDoesNotMatch':
      return {
        error: `${cannot}: the secret key does not belong to the access key`,
        hint: 'Set access_key and secret_key again, both together.',
      };
    case 'CredentialsProviderError':
      return {
        error: `${cannot}: there are no credentials`,
        hint: 'Set access_key and secret_key; without them, the service can only use its own role on AWS.',
      };
    case 'InvalidObjectState':
      return {
        error: `${cannot}: the object is archived`,
        hint: 'Bring it back from Glacier before a restore needs it.',
      };
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return { error: `${cannot}: the bucket ${bucket} is not in ${region}`, hint: 'Check region and endpoint.' };
    case 'TimeoutError':
    case 'AbortError':
      return {
        error: `${cannot}: ${where} does not answer`,
        hint: 'Check the endpoint, and that the network can reach it.',
      };
  }
  const certificate = certificateFault({ code });
  if (certificate !== undefined) {
    return { error: `${cannot}: ${message}`, hint: storeCertificateHint(certificate) };
  }
  if (/TLS|SSL|EPROTO/.test(code)) {
    return {
      error: `${cannot}: ${message}`,
      hint: 'Check that the store speaks TLS on the port of the endpoint.',
    };
  }
  if (/^E[A-Z]+/.test(code)) {
    return {
      error: `${cannot}: ${where} cannot be reached (${code})`,
      hint: 'Check the endpoint, and that the network can reach it.',
    };
  }
  if (status === 401 || status === 403) {
    return {
      error: `${cannot}: access denied`,
      hint: `Allow s3:ListBucket on ${bucket} and s3:GetObject on what is in it.`,
    };
  }
  if (status === 301 || status === 307) {
    return { error: `${cannot}: the bucket ${bucket} is not in ${region}`, hint: 'Check region and endpoint.' };
  }
  if (status === 404) {
    return { error: `${cannot}: there is no bucket ${bucket}`, hint: 'Check bucket, region and endpoint.' };
  }
  return {
    error: `${cannot}: ${where} does not answer like an S3 store`,
    hint: `Check endpoint and path_style. It said: ${name === 'Error' ? message : name}.`,
  };
}
