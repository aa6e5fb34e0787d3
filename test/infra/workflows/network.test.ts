/** How the task and the functions that reach databases reach AWS. */
import { describe, expect, it } from 'vitest';
import type { Template } from '../../../lib/local/stack/template.ts';
import { json } from '../../support/stack/stack.ts';
import { synthesise } from '../../support/stack/synthesise.ts';

const VPC = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: 'eu-west-1a,eu-west-1b',
  privateSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
};
// biome-ignore lint/suspicious/noExplicitAny: a template is no more than JSON
const of = ({ Resources }: Template, type: string): any[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
const endpoints = (template: Template, type: string) =>
  of(template, 'AWS::EC2::VPCEndpoint')
    .filter(({ VpcEndpointType }) => VpcEndpointType === type)
    // all but its region: com.amazonaws.eu-west-1.ecr.api
    .map(({ ServiceName }) =>
      [ServiceName['Fn::Join']?.[1].at(-1) ?? ServiceName].join().replace(/^com\.amazonaws\.|^\./, ''),
    )
    .sort();
const INTERFACES = ['ecr.api', 'ecr.dkr', 'events', 'logs', 'monitoring', 'secretsmanager'];

describe('a new network', () => {
  it('has a NAT gateway, and endpoints for S3 and DynamoDB', () => {
    expect(of(json, 'AWS::EC2::NatGateway')).toHaveLength(1);
    expect(endpoints(json, 'Gateway')).toEqual(['dynamodb', 's3']);
    expect(endpoints(json, 'Interface')).toEqual([]);
    expect(of(json, 'AWS::EC2::FlowLog')).toHaveLength(1);
  });

  it('has only endpoints to AWS’s services if the setting says so', () => {
    const isolated = synthesise({ egress: 'endpoints' });
    expect(of(isolated, 'AWS::EC2::NatGateway')).toEqual([]);
    expect(of(isolated, 'AWS::EC2::InternetGateway')).toEqual([]);
    expect(endpoints(isolated, 'Gateway')).toEqual(['dynamodb', 's3']);
    expect(endpoints(isolated, 'Interface')).toEqual(INTERFACES);
    expectClosed(isolated);
    for (const { VpcConfig } of of(isolated, 'AWS::Lambda::Function')) {
      if (VpcConfig !== undefined) expect(VpcConfig.SubnetIds).toHaveLength(2);
    }
  });
});

describe('an existing network', () => {
  it('gets gateway endpoints if its route tables are named, and interface endpoints if they are asked for', () => {
    const plain = synthesise(VPC);
    expect(of(plain, 'AWS::EC2::VPCEndpoint')).toEqual([]);
    const given = synthesise({ ...VPC, privateRouteTableIds: 'rtb-0123456789abcdef0', egress: 'endpoints' });
    expect(endpoints(given, 'Gateway')).toEqual(['dynamodb', 's3']);
    expect(endpoints(given, 'Interface')).toEqual(INTERFACES);
    expectClosed(given);
  });
});

/** The task accepts no connections; the endpoints accept them only from the task and the functions. */
function expectClosed(template: Template): void {
  const groups = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::EC2::SecurityGroup');
  for (const [, { Properties }] of groups) expect(Properties?.SecurityGroupIngress).toBeUndefined();
  const [clients] = groups.filter(([id]) => id.includes('Clients')).map(([id]) => id);
  expect(of(template, 'AWS::EC2::SecurityGroupIngress')).toEqual([
    expect.objectContaining({
      FromPort: 443,
      ToPort: 443,
      SourceSecurityGroupId: { 'Fn::GetAtt': [clients, 'GroupId'] },
    }),
  ]);
}
