import { AssetHashType, DockerImage, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { buildPages } from '../web/build.ts';
import { CONTENT_SECURITY_POLICY, cacheControlOf, fileOf } from '../web/page-rules.ts';

const PAGES_DIRECTORY = new URL('../../web', import.meta.url).pathname;
const HSTS = Duration.days(365);

/** The pages behind CloudFront, with the API on the same origin. */
export class Web extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, { api }: { api: HttpApi }) {
    super(scope, id);
    const bucket = new Bucket(this, 'Pages', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // nothing but what the next deployment brings again
      removalPolicy: RemovalPolicy.DESTROY,
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
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: secureHeaders,
        // on the pages' behaviour alone: an error page would turn the API's 404 into HTML
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: deepLinks(this) }],
      },
      additionalBehaviors: {
        '/api/*': {
          origin: new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint))),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
      },
    });
    deployPages(this, bucket);
  }
}

/** A page's own address leads to the one document. */
function deepLinks(scope: Construct): EdgeFunction {
  return new EdgeFunction(scope, 'DeepLinks', {
    comment: "Answers every page's address with the one document",
    runtime: FunctionRuntime.JS_2_0,
    code: FunctionCode.fromInline(
      `${fileOf}\nfunction handler(event) {\n  event.request.uri = fileOf(event.request.uri);\n  return event.request;\n}\n`,
    ),
  });
}

/** What is named by its content is kept; the document that names it is asked for each time, so nothing is invalidated. */
function deployPages(scope: Construct, destinationBucket: Bucket): void {
  const source = () =>
    Source.asset(PAGES_DIRECTORY, {
      // they are made from lib/domain too
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // never used: the pages are built where the app is synthesised, with the project's own tools
        image: DockerImage.fromRegistry('node'),
        local: {
          tryBundle(directory) {
            buildPages(directory);
            return true;
          },
        },
      },
    });
  const assets = new BucketDeployment(scope, 'DeployAssets', {
    sources: [source()],
    destinationBucket,
    exclude: ['*'],
    include: ['assets/*'],
    cacheControl: [CacheControl.fromString(cacheControlOf('/assets/'))],
    prune: false,
  });
  const documents = new BucketDeployment(scope, 'DeployDocuments', {
    sources: [source()],
    destinationBucket,
    exclude: ['assets/*'],
    cacheControl: [CacheControl.fromString(cacheControlOf('/index.html'))],
    prune: false,
  });
  // a document must not name files that are not there yet
  documents.node.addDependency(assets);
}
