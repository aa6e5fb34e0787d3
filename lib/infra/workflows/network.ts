import {
  CfnVPCEndpoint,
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { GivenNetwork, StageSettings } from '../stage-settings.ts';

/** Endpoints without an hourly price. They keep backups and records off the NAT gateway's bill. */
const BY_GATEWAY = { S3: GatewayVpcEndpointAwsService.S3, DynamoDb: GatewayVpcEndpointAwsService.DYNAMODB };

/**
 * The other services that are called by the task, by the functions in the network, or by Fargate when it starts the
 * task.
 */
const BY_INTERFACE = {
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrImages: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  EventBridge: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  CloudWatch: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
};

/** The network of the task and of the functions that reach databases: private subnets without inbound access. */
export class Network extends Construct {
  readonly vpc: IVpc;
  /**
   * The security group of the task and of the functions that reach databases. A database's own security group has to
   * let it in.
   */
  readonly clients: SecurityGroup;
  readonly subnets: SubnetSelection;

  constructor(scope: Construct, id: string, { network, egress }: Pick<StageSettings, 'network' | 'egress'>) {
    super(scope, id);
    this.vpc = network === undefined ? this.#newVpc(egress) : this.#givenVpc(network);
    // a new network without outbound access has only isolated subnets, whereas an existing network's subnets count as
    // private
    const { isolatedSubnets, privateSubnets } = this.vpc;
    this.subnets = { subnets: privateSubnets.length > 0 ? privateSubnets : isolatedSubnets };
    this.clients = new SecurityGroup(this, 'Clients', {
      vpc: this.vpc,
      description: 'Restores: no way in, any way out',
    });
    if (egress === 'endpoints') this.#interfaceEndpoints();
  }

  #newVpc(egress: StageSettings['egress']): Vpc {
    const isolated = egress === 'endpoints';
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: isolated ? 0 : 1,
      subnetConfiguration: isolated
        ? [{ name: 'private', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }]
        : [
            { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
            { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
          ],
    });
    for (const [name, service] of Object.entries(BY_GATEWAY)) vpc.addGatewayEndpoint(name, { service });
    vpc.addFlowLog('Flows', { destination: FlowLogDestination.toCloudWatchLogs(new LogGroup(this, 'FlowLog')) });
    return vpc;
  }

  #givenVpc({ privateRouteTableIds, ...attributes }: GivenNetwork): IVpc {
    if (privateRouteTableIds.length > 0) {
      for (const [name, service] of Object.entries(BY_GATEWAY)) {
        new CfnVPCEndpoint(this, name, {
          vpcId: attributes.vpcId,
          serviceName: service.name,
          vpcEndpointType: 'Gateway',
          routeTableIds: privateRouteTableIds,
        });
      }
    }
    return Vpc.fromVpcAttributes(this, 'Vpc', attributes);
  }

  #interfaceEndpoints(): void {
    const endpoints = new SecurityGroup(this, 'Endpoints', {
      vpc: this.vpc,
      description: 'Endpoints of AWS services, for restores alone',
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(this.clients, Port.HTTPS, 'Calls of AWS services');
    for (const [name, service] of Object.entries(BY_INTERFACE)) {
      new InterfaceVpcEndpoint(this, name, {
        vpc: this.vpc,
        service,
        subnets: this.subnets,
        securityGroups: [endpoints],
        open: false,
        privateDnsEnabled: true,
      });
    }
  }
}
