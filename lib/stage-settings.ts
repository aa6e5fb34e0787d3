import { z } from 'zod';
import type { StageSettings } from './restore-stack.ts';

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every((part) => part !== ''), 'must be a comma-separated list without empty parts');

const context = z.object({
  /** `-c stage=prod` */
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be a short name of lower-case letters, digits and hyphens')
    .default('dev'),
  /** `-c bucketName=my-jagad-backups` */
  bucketName: z.string().min(3).optional(),
  /** `-c vpcId=vpc-1 -c availabilityZones=eu-west-1a,eu-west-1b -c privateSubnetIds=subnet-1,subnet-2` */
  vpcId: z.string().startsWith('vpc-').optional(),
  availabilityZones: list.optional(),
  privateSubnetIds: list.optional(),
});

/**
 * The settings of a stage from the CDK's context.
 * @throws Error that says what to write.
 */
export function stageSettings(read: (key: string) => unknown): StageSettings {
  const given = Object.fromEntries(Object.keys(context.shape).map((key) => [key, read(key)]));
  const parsed = context.safeParse(given);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `-c ${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  const { stage, bucketName, vpcId, availabilityZones, privateSubnetIds } = parsed.data;
  if (vpcId === undefined) {
    if (!availabilityZones && !privateSubnetIds) return { stage, bucketName };
    throw new Error('-c availabilityZones and -c privateSubnetIds belong to -c vpcId, which is missing');
  }
  if (!availabilityZones || !privateSubnetIds || availabilityZones.length !== privateSubnetIds.length) {
    throw new Error('-c vpcId needs -c availabilityZones and -c privateSubnetIds, comma-separated, one subnet a zone');
  }
  return { stage, bucketName, network: { vpcId, availabilityZones, privateSubnetIds } };
}
