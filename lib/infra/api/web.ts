import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { explain, explainDeployment } from '../functions/nag-reasons.ts';
import { buildPages } from '../pages/build.ts';
import { CONTENT_SECURITY_POLICY, cacheControlOf, fileOf } from '../pages/page-rules.ts';
import type { StageSettings } from '../stage-settings.ts';
import { accessLogs } from './access-logs.ts';
import { apiBehavior } from './api-behavior.ts';

const PAGES_DIRECTORY = fileURLToPath(new URL('../../../web', import.meta.url));
const HSTS = Duration.days(365);

interface WebProps {
  api: HttpApi;
  /** The secret by which the API recognises CloudFront. */
  originHeader: Secret;
  settings: StageSettings;
}

/** The pages behind CloudFront, on the same origin as the API. */
export class Web extends Construct {
  readonly distribution: Distribution;
  readonly url: string;

  constructor(scope: Construct, id: string, { api, originHeader, settings }: WebProps) {
    super(scope, id);
    const logs = accessLogs(this, settings);
    const { domainName, certificateArn, webAclArn } = settings;
    const bucket = new Bucket(this, 'Pages', {
      // the pages are public anyway, and CloudFront, which reads them, has no access to the data key
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'pages/',
      // the next deployment uploads everything in it again
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    const secureHeaders = new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: HSTS, override: true },
      },
    });
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Jagad Restore',
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(domainName && certificateArn
        ? {
            domainNames: [domainName],
            certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
          }
        : {}),
      ...(webAclArn ? { webAclId: webAclArn } : {}),
      logBucket: logs,
      logFilePrefix: 'cloudfront/',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: secureHeaders,
        // only on the pages' behaviour: an error page would turn the API's 404 into HTML
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: deepLinks(this) }],
      },
      additionalBehaviors: {
        '/api/*': apiBehavior(this, api, originHeader),
      },
    });
    this.url = `https://${domainName ?? this.distribution.distributionDomainName}`;
    explain(this.distribution, {
      'AwsSolutions-CFR1': 'Someone who has to restore at three in the morning may be anywhere.',
      ...(webAclArn
        ? {}
        : { 'AwsSolutions-CFR2': 'A web ACL can be set with webAclArn; logins are rate-limited without one.' }),
      ...(domainName
        ? {}
        : {
            'AwsSolutions-CFR4':
              'CloudFront sets the TLS version for its own domain name; with the setting domainName, it is at least 1.2.',
          }),
    });
    deployPages(this, bucket);
    explainDeployment(this, bucket.bucketArn);
  }
}

/** Serves the one HTML document for every page's address. */
function deepLinks(scope: Construct): EdgeFunction {
  return new EdgeFunction(scope, 'DeepLinks', {
    comment: "Serves the one HTML document for every page's address",
    runtime: FunctionRuntime.JS_2_0,
    code: FunctionCode.fromInline(
      `${fileOf}\nfunction handler(event) {\n  event.request.uri = fileOf(event.request.uri);\n  return event.request;\n}\n`,
    ),
  });
}

/**
 * Files that are named by their content are cached. The document that names them is requested each time, so nothing has
 * to be invalidated.
 */
function deployPages(scope: Construct, destinationBucket: Bucket): void {
  const source = () =>
    Source.asset(PAGES_DIRECTORY, {
      // the pages are also built from lib/, so only their output tells whether they changed
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // never used: the pages are built during synthesis, with the project's own tools
        image: DockerImage.fromRegistry('node'),
        local: {
          tryBundle(directory) {
            buildPages(directory);
            return true;
          },
        },
      },
    });
  const logGroup = new LogGroup(scope, 'DeployLog');
  const assets = new BucketDeployment(scope, 'DeployAssets', {
    sources: [source()],
    destinationBucket,
    logGroup,
    exclude: ['*'],
    include: ['assets/*'],
    cacheControl: [CacheControl.fromString(cacheControlOf('/assets/'))],
    prune: false,
  });
  const documents = new BucketDeployment(scope, 'DeployDocuments', {
    sources: [source()],
    destinationBucket,
    logGroup,
    exclude: ['assets/*'],
    cacheControl: [CacheControl.fromString(cacheControlOf('/index.html'))],
    prune: false,
  });
  // the document must not name files that don't exist yet
  documents.node.addDependency(assets);
}
